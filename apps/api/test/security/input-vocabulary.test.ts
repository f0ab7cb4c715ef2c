import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { hostileStrings } from '../support/hostile-strings.ts'
import { keptThing, thing, vocabularyRouter } from '../support/input-vocabulary.ts'
import { problemOf } from '../support/problem-of.ts'
import { listProcedures } from '../support/procedures.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { type Input, transports } from '../support/walk.ts'

let api: TestApi

useWorld(
  (made) => {
    api = made.api
  },
  { router: vocabularyRouter },
)

const [procedure] = listProcedures(vocabularyRouter)
/** Every n-th hostile text, all of them by 1; in every field at once they are not to be more than a body may be. */
const step = Number(process.env['HOSTILE_STEP'] || 10)
const tried = hostileStrings
  .filter((_text, at) => at % step === 0)
  .map((text) => text.slice(0, 2_000))
const canary = 'canary-5f3a'

/** Everything wrong at once: where, and as what it is told. */
const wrong = {
  slug: [canary.toUpperCase(), '/slug not_a_slug'],
  webUrl: [`javascript:${canary}`, '/webUrl not_a_url'],
  phone: [`+49 ${canary}`, '/phone not_a_phone_number'],
  locale: [`${canary}_x`, '/locale not_a_locale'],
  countryCode: [canary, '/countryCode invalid_value'],
  timeZone: [`${canary}/x`, '/timeZone not_a_time_zone'],
  day: [`2026-02-30${canary}`, '/day invalid_format'],
  moment: [`1066-10-14T09:00:00Z`, '/moment invalid_format'],
  range: [{ from: '2026-11-02', to: '2026-11-01' }, '/range/to range_reversed'],
  body: [
    [{ type: 'paragraph', content: [{ text: 'a', link: `data:${canary}` }] }],
    '/body/0/content/0/link not_a_url',
  ],
  email: [`${canary}@`, '/email invalid_format'],
  name: [`\u202e${canary}`, '/name control_character'],
  fileName: [`../${canary}`, '/fileName not_allowed'],
  note: [canary.repeat(50), '/note too_big'],
} as const

const call = ([, send]: (typeof transports)[number], input: Input) => {
  if (!procedure) throw new Error('The router has no procedure.')
  return send(api.url, procedure, input, {})
}

describe.each(transports)('each kind of input, by %s', (...transport) => {
  it('comes out in one spelling where equality matters, and as it came where it does not', async () => {
    const answer = await call(transport, thing)
    expect(answer.status, answer.text).toBeLessThan(300)
    const data = Object(answer.body?.['result'] ?? { data: answer.body })
    expect(Reflect.get(data, 'data')).toEqual(keptThing)
  })

  it('is refused for all that is wrong at once, by pointer and code, without a word of it', async () => {
    const input = Object.fromEntries(Object.entries(wrong).map(([name, [value]]) => [name, value]))
    const answer = await call(transport, input)
    expect(answer.status).toBe(400)
    const problem = problemOf(answer.body)
    expect(problem?.code).toBe('invalid_input')
    const told = problem?.errors?.map(({ pointer, code }) => `${pointer} ${code}`)
    expect(told?.toSorted()).toEqual(
      Object.values(wrong)
        .map(([, line]) => line)
        .toSorted(),
    )
    for (const { detail } of problem?.errors ?? []) expect(detail).toMatch(/^[A-Z].*\.$/)
    expect(answer.text.toLowerCase()).not.toContain(canary)
  })

  it.each(Object.entries(wrong))(
    '%s alone is refused by its own words',
    async (name, [value, line]) => {
      const answer = await call(transport, { ...thing, [name]: value })
      const errors = problemOf(answer.body)?.errors
      expect(errors?.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([line])
    },
  )

  it.each([
    ['a field it does not know', { ...thing, [canary]: 1 }, `/${canary} unknown_field`],
    ['one deeper', { ...thing, range: { ...thing.range, x: 1 } }, '/range/x unknown_field'],
    ['NUL', { ...thing, slug: 'a\0' }, '/slug nul_character'],
    ['half a character', { ...thing, phone: '\ud800' }, '/phone ill_formed_text'],
    ['a list for a text', { ...thing, slug: ['a'] }, '/slug invalid_type'],
    ['nothing for a text', { ...thing, webUrl: null }, '/webUrl invalid_type'],
  ])('%s is refused', async (_name, input, line) => {
    const errors = problemOf((await call(transport, input)).body)?.errors
    expect(errors?.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([line])
  })

  it(
    'takes no hostile text for more than a text',
    async () => {
      for (const hostile of tried) {
        const input = Object.fromEntries(Object.keys(thing).map((name) => [name, hostile]))
        const answer = await call(transport, input)
        expect(answer.status, answer.text).toBe(400)
        if (hostile.length > 20) expect(answer.text).not.toContain(hostile)
        // Free text is taken whatever it is, and given back as it came.
        const note = hostile.slice(0, 500)
        const taken = await call(transport, { ...thing, note })
        if (taken.status < 400) expect(taken.text).toContain(JSON.stringify(note))
        else expect(taken.text).toMatch(/nul_character|ill_formed_text|too_big/)
      }
    },
    30_000 + 600_000 / step,
  )
})

describe('/openapi.json', () => {
  it('says of each input what the API does', async () => {
    const { body } = await request(`${api.url}/openapi.json`)
    const schema = schemaOf(body)
    const ajv = new Ajv2020({ strict: true })
    formats.default(ajv)
    const isPublished = ajv.compile(schema)
    expect(isPublished(thing), JSON.stringify(isPublished.errors)).toBe(true)
    expect(isPublished({ ...thing, extra: 1 })).toBe(false)
    // What zones there are, an order of two dates and the parts of a path are beyond JSON Schema.
    const beyond = ['timeZone', 'range', 'fileName']
    for (const [name, [value]] of Object.entries(wrong)) {
      expect(isPublished({ ...thing, [name]: value }), name).toBe(beyond.includes(name))
    }
  })
})

function schemaOf(document: unknown): object {
  const path = ['paths', '/things', 'post', 'requestBody', 'content', 'application/json', 'schema']
  return path.reduce((value: object, key) => Object(Reflect.get(value, key)), Object(document))
}
