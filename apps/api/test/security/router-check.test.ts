import { id, mailToken, secretInput, sensitive } from '@repo/validation'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkRouter } from '../../src/procedures/check-router.ts'
import {
  freshSessionProcedure,
  memberProcedure,
  publicProcedure,
} from '../../src/procedures/doors.ts'
import { noInput, nothing } from '../../src/procedures/nothing.ts'
import { rest } from '../../src/procedures/rest.ts'
import { router, t } from '../../src/procedures/trpc.ts'
import { appRouter } from '../../src/routers/app-router.ts'
import { startApi } from '../support/start-api.ts'

const door = () => memberProcedure('order:read')
const served = rest('GET /things', 'Things')
const output = z.object({ id })
const answer = () => ({ id: crypto.randomUUID() })
const withInput = (input: z.ZodType) =>
  door().meta(served).input(input).output(output).query(answer)
const withOutput = (loose: z.ZodType) =>
  door().meta(served).input(noInput).output(loose).query(answer)

const omissions = {
  'a procedure without a door': [
    t.procedure.meta(served).input(noInput).output(output).query(answer),
    [/no declared access/, /no limit class/],
  ],
  'a change of credentials that does not say whether it holds a secret': [
    freshSessionProcedure()
      .meta(rest('POST /things', 'Things'))
      .input(noInput)
      .output(output)
      .mutation(answer),
    [/does not say whether its input or answer holds a secret/],
  ],
  'no input': [door().meta(served).output(output).query(answer), [/needs exactly one \.input/]],
  'two inputs': [
    door()
      .meta(served)
      .input(z.strictObject({ a: id }))
      .input(z.strictObject({ b: id }))
      .output(output)
      .query(answer),
    [/needs exactly one \.input/],
  ],
  'a secret in a query': [
    withInput(z.strictObject({ id, token: mailToken.exactOptional() })),
    [/sensitive input in a URL at \/token/],
  ],
  'a secret in the path of a change': [
    door()
      .meta(rest('POST /things/{code}', 'Things'))
      .input(z.strictObject({ code: secretInput(z.string()) }))
      .output(output)
      .mutation(answer),
    [/sensitive input in a URL at \/code/],
  ],
  'something sensitive in a DELETE': [
    door()
      .meta(rest('DELETE /things', 'Things'))
      .input(z.strictObject({ inner: sensitive(z.strictObject({ id })) }))
      .output(output)
      .mutation(answer),
    [/sensitive input in a URL at \/inner\/id/],
  ],
  'an object that drops unknown fields': [withInput(z.object({ id })), [/loose input at \/$/]],
  'an object that keeps unknown fields': [withInput(z.looseObject({ id })), [/loose input at \/$/]],
  'an object that is open to numbers': [
    withInput(z.strictObject({ id }).catchall(z.number())),
    [/loose input at \/$/],
  ],
  'a loose object inside': [
    withInput(z.strictObject({ inner: z.object({ id }) })),
    [/loose input at \/inner\/$/],
  ],
  'a loose object in an optional list': [
    withInput(z.strictObject({ list: z.array(z.object({ id })).optional() })),
    [/loose input at \/list\/$/],
  ],
  'a loose object that is exactly optional': [
    withInput(z.strictObject({ inner: z.object({ id }).exactOptional() })),
    [/loose input at \/inner\/$/],
  ],
  'a map, which the check does not know': [
    withInput(z.strictObject({ inner: z.map(z.string(), z.any()) })),
    [/loose input at \/inner\/$/],
  ],
  'a loose half of a union': [
    withInput(z.union([z.strictObject({ id }), z.object({ id })])),
    [/loose input at \/$/],
  ],
  'a loose object behind a default': [
    withInput(z.strictObject({ inner: z.object({ id: id.optional() }).default({}) })),
    [/loose input at \/inner\/$/],
  ],
  'a loose object behind a transformation': [
    withInput(z.strictObject({ inner: z.object({ id }).transform((value) => value.id) })),
    [/loose input at \/inner\/$/],
  ],
  'a loose object that is nullable': [
    withInput(z.strictObject({ inner: z.object({ id }).nullable() })),
    [/loose input at \/inner\/$/],
  ],
  'a loose object that is read lazily': [
    withInput(z.strictObject({ inner: z.lazy(() => z.object({ id })) })),
    [/loose input at \/inner\/$/],
  ],
  'a loose object that is caught': [
    withInput(z.strictObject({ inner: z.object({ id }).catch({ id: '' }) })),
    [/loose input at \/inner\/$/],
  ],
  'a loose object in a tuple’s rest': [
    withInput(z.strictObject({ inner: z.tuple([id]).rest(z.unknown()) })),
    [/loose input at \/inner\/$/],
  ],
  'a record of any names': [
    withInput(z.strictObject({ inner: z.record(z.string(), z.unknown()) })),
    [/loose input at \/inner\/$/],
  ],
  'an input of anything': [withInput(z.any()), [/loose input at \/$/]],
  'an input of who knows what': [withInput(z.unknown()), [/loose input at \/$/]],
  'no output': [door().meta(served).input(noInput).query(answer), [/no declared output/]],
  'an output of anything': [withOutput(z.any()), [/open output at \/$/]],
  'an output with anything inside': [
    withOutput(z.object({ list: z.array(z.unknown()) })),
    [/open output at \/list\/$/],
  ],
  'an output that passes on': [withOutput(z.looseObject({ id })), [/open output at \/$/]],
  'no route and no reason': [
    door().input(noInput).output(output).query(answer),
    [/no REST route, and no reason/],
  ],
} as const

const whole = withInput(z.strictObject({ id }))

/** What the check says, a line each; empty when it says nothing. */
function complaintsOf(...[checked]: Parameters<typeof checkRouter>): string[] {
  try {
    checkRouter(checked)
    return []
  } catch (error) {
    const [, ...lines] = error instanceof Error ? error.message.split('\n') : []
    return lines.map((line) => line.trim())
  }
}

describe('the check at start refuses', () => {
  it.each(Object.entries(omissions))('%s', (_name, [procedure, expected]) => {
    const complaints = complaintsOf(router({ whole, lacking: procedure }))
    expect(complaints).toHaveLength(expected.length)
    for (const [index, complaint] of complaints.entries()) {
      expect(complaint).toMatch(/^lacking: /)
      expect(complaint).toMatch(expected[index] ?? /never/)
    }
  })

  it('a subscription', () => {
    const live = door()
      .input(noInput)
      .subscription(async function* () {
        yield answer()
      })
    expect(complaintsOf(router({ live })).join()).toMatch(/subscriptions are not served/)
  })

  it('all omissions of all procedures at once, however deep they stand', () => {
    const bare = t.procedure.query(answer)
    const complaints = complaintsOf(router({ a: router({ bare }), open: withOutput(z.any()) }))
    expect(complaints.map((line) => line.split(':')[0])).toEqual([
      ...Array(5).fill('a.bare'),
      'open',
    ])
  })
})

describe('the check at start accepts', () => {
  it('the router that is served', () => {
    expect(complaintsOf(appRouter)).toEqual([])
  })

  it('a procedure with a reason for no route', () => {
    const procedure = publicProcedure('login')
      .meta({ noRest: 'A browser alone calls it.' })
      .input(noInput)
      .output(nothing)
      .query(() => undefined)
    expect(complaintsOf(router({ procedure, whole }))).toEqual([])
  })
})

it('an API over an unguarded procedure does not start', async () => {
  const bare = t.procedure.meta(served).query(answer)
  await expect(startApi({ router: router({ bare }) })).rejects.toThrow('bare: no declared access')
})
