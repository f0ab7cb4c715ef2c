import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { arbitrary } from '../test/arbitrary-inputs.ts'
import * as vocabulary from './index.ts'
import { toInputProblems } from './to-input-problems.ts'

// What a client reads in /openapi.json and what the server does are compared, value by value.
const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 400)
const timeout = 60_000 + numRuns * 20

const ajv = new Ajv2020({ strict: true, validateFormats: true })
formats.default(ajv)

const { base64, dateRange, pageInput, richText, text, ...others } = vocabulary
const made = { base64: base64(60), dateRange: dateRange({ maxDays: 366 }), ...pageInput }
const inputs = { ...others, ...made, richText: richText(100), text: text(100) }

interface Known {
  /** Values that are often, and not always, taken. */
  readonly likely: fc.Arbitrary<unknown>
  /** What a value is refused for that JSON Schema has no words for. */
  readonly unsaid?: readonly string[]
}

const known: Readonly<Record<string, Known>> = {
  base64: { likely: arbitrary.base64, unsaid: ['not_allowed'] },
  calendarDate: { likely: arbitrary.day },
  countryCode: { likely: arbitrary.countryCode },
  currency: { likely: arbitrary.currency },
  // A number of UTF-16 units, which characters may be fewer than.
  currentPassword: { likely: arbitrary.words, unsaid: ['too_big'] },
  cursor: { likely: arbitrary.token(190, 210) },
  dateRange: { likely: arbitrary.dateRange, unsaid: ['range_reversed', 'range_too_long'] },
  email: { likely: arbitrary.email, unsaid: ['not_allowed'] },
  fileName: {
    likely: arbitrary.words,
    unsaid: ['control_character', 'not_allowed', 'outer_white_space', 'too_big'],
  },
  id: { likely: arbitrary.uuid },
  limit: { likely: fc.integer({ min: -2, max: 110 }) },
  locale: { likely: arbitrary.locale, unsaid: ['not_a_locale'] },
  mailToken: { likely: arbitrary.token(48, 50) },
  moment: { likely: arbitrary.moment },
  // What composing makes longer is too big for what is kept.
  name: { likely: arbitrary.words, unsaid: ['control_character', 'outer_white_space', 'too_big'] },
  newPassword: { likely: arbitrary.words },
  phone: { likely: arbitrary.phone },
  redirectUri: { likely: arbitrary.url, unsaid: ['not_allowed', 'too_big'] },
  richText: {
    likely: arbitrary.richText,
    unsaid: ['control_character', 'not_a_url', 'too_much_text'],
  },
  serialId: { likely: fc.integer() },
  slug: { likely: arbitrary.slug },
  text: { likely: arbitrary.words },
  timeZone: { likely: arbitrary.timeZone, unsaid: ['not_a_time_zone'] },
  totalCents: { likely: fc.integer() },
  webUrl: { likely: arbitrary.url, unsaid: ['control_character', 'not_a_url', 'too_big'] },
}

// Refused in every input before any schema sees it (checkJson).
const refusedBefore = ['nul_character', 'ill_formed_text']
const fromOutside = [
  'authenticationResponse',
  'creationOptions',
  'registrationResponse',
  'requestOptions',
]

const schemas = Object.entries(inputs).flatMap(([name, schema]) =>
  schema instanceof z.ZodType ? [[name, schema] as const] : [],
)

it('every schema for an input is known here, but for outputs and what browsers make of passkeys', () => {
  const names = schemas.map(([name]) => name)
  expect(names.toSorted()).toEqual(
    [...Object.keys(known), ...fromOutside, 'outputEmail', 'timestamp'].toSorted(),
  )
})

const watched = schemas.flatMap(([name, schema]) => {
  const entry = known[name]
  return entry ? [[name, schema, entry] as const] : []
})

it.each(watched)(
  '%s is published as it is',
  { timeout },
  (_name, schema, { likely, unsaid = [] }) => {
    const isPublished = ajv.compile(z.toJSONSchema(schema, { io: 'input' }))
    const silent = new Set([...refusedBefore, ...unsaid])
    let taken = 0
    const values = fc.oneof({ weight: 3, arbitrary: likely }, arbitrary.text, fc.jsonValue())
    fc.assert(
      fc.property(values, (value) => {
        const { error } = schema.safeParse(value)
        const codes = toInputProblems(error ?? { issues: [] }).map(({ code }) => code)
        // What is taken is published; what is published is refused for reasons beyond its words alone.
        const published = isPublished(value)
        if (codes.length === 0) expect(published, JSON.stringify(isPublished.errors)).toBe(true)
        if (published) expect(codes.filter((code) => !silent.has(code))).toEqual([])
        if (codes.length === 0) taken += 1
      }),
      { numRuns },
    )
    // Neither all nor nothing: both sides were seen.
    expect(taken).toBeGreaterThan(numRuns / 20)
    expect(taken).toBeLessThan(numRuns)
  },
)
