import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger, type Logger } from './logger.ts'
import type { RequestFields } from './request-fields.ts'

const canary = 'canary-8d1f'

let folder: string
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logging-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** What the log's file holds after `write`. */
async function logged(write: (logger: Logger) => void): Promise<string> {
  files += 1
  const path = join(folder, `${files}.log`)
  const logger = createLogger({ level: 'info', destination: path })
  write(logger)
  await logger.close()
  return readFile(path, 'utf8')
}

async function loggedLines(write: (logger: Logger) => void): Promise<unknown[]> {
  const text = await logged(write)
  return text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
}

const request: RequestFields = {
  requestId: '0192f0c1',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  method: 'GET',
  route: '/api/orders/:orderId',
  procedures: ['orders.get'],
  status: 200,
  durationMs: 4.2,
  address: '192.0.2.1',
  userId: 'u1',
  organizationId: 'o1',
  bytesIn: 0,
  bytesOut: 312,
}

describe('a line of the log', () => {
  it('is JSON with an ISO time, the level by name, the service and the fields, and nothing else', async () => {
    const [line, ...others] = await loggedLines((logger) => {
      logger.info(request, 'request')
      logger.debug('below the level')
    })
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(line).toEqual({
      level: 'info',
      time,
      service: 'rampart-api',
      ...request,
      msg: 'request',
    })
    expect(others).toEqual([])
  })

  it('is written by an event without fields, and by one without a message', async () => {
    const lines = await loggedLines((logger) => {
      logger.info('ready')
      logger.info({ port: 3000 })
    })
    expect(lines).toMatchObject([{ msg: 'ready' }, { port: 3000, msg: '' }])
  })

  it.each([
    ['a line end', 'a\r\nb'],
    ['an end of JSON', '"}\n{"level":"fatal","msg":"forged"}'],
    ['an escape sequence', '\u001b[2J\u001b[31mred'],
    ['an escape sequence of C1', '\u009b2Jred'],
    ['a line separator', 'a\u2028b\u2029c'],
    ['what reverses the text after it', 'a\u202eb\u2066c\u200fd\u061ce'],
    ['a NUL and a lone surrogate', '\0\ud800'],
    ['a backslash', '\\'],
  ])('stays one line and plain text with %s in it', async (_, hostile) => {
    const text = await logged((logger) => {
      logger.info({ agent: hostile }, hostile)
      logger.error({ err: new Error(hostile) }, 'failed')
      logger.child({ agent: hostile, [hostile]: { [hostile]: [hostile] } }).info('child')
    })
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toMatchObject([
      { level: 'info' },
      { level: 'error', msg: 'failed' },
      { level: 'info', msg: 'child' },
    ])
    const plain = text.replaceAll('\n', '')
    expect(plain).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+$/u)
  })

  it('is bounded', async () => {
    const text = await logged((logger) => {
      logger.info({ agent: 'x'.repeat(100_000), list: Array.from({ length: 10_000 }, () => 'y') })
    })
    expect(text.length).toBeLessThan(6_000)
  })
})

const circular: Record<string, unknown> = { password: canary }
circular['self'] = circular
const driverError = Object.assign(new Error('invalid input syntax for type uuid: "canary-8d1f"'), {
  code: '22P02',
  detail: `Key (email)=(${canary}) already exists.`,
  parameters: [canary],
})
const prismaError = Object.assign(
  new Error(
    `\nInvalid \`prisma.user.create()\` invocation:\n\n{\n  data: {\n    email: "${canary}"\n  }\n}\n\nArgument \`name\` is missing.`,
    { cause: driverError },
  ),
  { name: 'PrismaClientValidationError', meta: { target: canary } },
)

const secrets: readonly [why: string, fields: object][] = [
  ['a password', { password: canary }],
  ['a new password', { input: { newPassword: canary } }],
  ['headers', { request: { headers: { Cookie: canary, Authorization: canary } } }],
  ['a response header', { headers: { 'set-cookie': [canary] } }],
  ['tokens of every kind', { accessToken: canary, refresh_token: canary, sessionToken: canary }],
  [
    'keys and codes',
    { apiKey: canary, 'x-api-key': canary, totpSecret: canary, recovery_codes: [canary] },
  ],
  ['lists of objects', { users: [{ clientSecret: canary }] }],
  ['what is nested deeply', { a: { b: { c: { d: { e: { f: canary } } } } } }],
  ['what contains itself', circular],
  ['a Bearer token in text', { note: `Authorization: Bearer ${canary}` }],
  ['an API key in text', { note: `key rk_live_${canary}` }],
  ['the password of a URL', { url: new URL(`postgresql://app:${canary}@db/rampart`) }],
  ['bytes', { bytes: Buffer.from(canary) }],
  ['a driver error', { err: driverError }],
  ["Prisma's error", { err: prismaError }],
  ['an error under another name', { reason: prismaError, list: [driverError] }],
]

describe('secrets', () => {
  it.each(secrets)('are kept out of the log: %s', async (_, fields) => {
    const text = await logged((logger) => {
      logger.info(fields)
      logger.info({ ...fields, kept: 'here' }, 'event')
      logger.child({ ...fields, kept: 'there' }).info('child')
    })
    expect(text).toContain('"kept":"here"')
    expect(text).toContain('"kept":"there"')
    expect(text).not.toContain(canary)
    expect(text).not.toContain(JSON.stringify([...Buffer.from(canary)]).slice(1, -1))
  })

  it('are kept out of the log: an error without a message of ours', async () => {
    const text = await logged((logger) => {
      logger.error(prismaError)
      logger.error({ err: driverError })
      logger.child({ reason: prismaError }).child({ err: driverError }).info('child')
    })
    expect(text.match(/22P02/g)).toHaveLength(4)
    expect(text).not.toContain(canary)
  })

  it('are kept out of the log by the names that a schema gives them', async () => {
    const fields = { note: canary, inner: [{ diary: canary }], kept: 'here' }
    const text = await logged((logger) => {
      logger.info(fields, 'before')
      logger.hide(['note', 'diary'])
      logger.info(fields, 'after')
      logger.child(fields).info('child')
    })
    const [before = '', ...after] = text.trimEnd().split('\n')
    expect(before).toContain(canary)
    expect(after.join()).not.toContain(canary)
    expect(after.join().match(/"kept":"here"/g)).toHaveLength(2)
  })

  it('leave what is no secret as it is', async () => {
    const fields = { url: 'http://localhost:3000/a@b', ids: [1, 2], at: new Date(0), none: null }
    expect(await loggedLines((logger) => logger.info(fields, 'event'))).toMatchObject([
      { ...fields, at: '1970-01-01T00:00:00.000Z' },
    ])
  })
})

describe('an error', () => {
  it('keeps type, message, code, frames and causes', async () => {
    const [line] = await loggedLines((logger) => logger.error({ err: prismaError }, 'failed'))
    const stack = expect.stringMatching(/^\s+at .*logger\.test\.ts/)
    expect(line).toHaveProperty('err', {
      type: 'PrismaClientValidationError',
      message: 'Invalid `prisma.user.create()` invocation: … Argument `name` is missing.',
      stack,
      cause: {
        type: 'Error',
        message: 'invalid input syntax for type uuid: "[value]"',
        code: '22P02',
        stack,
      },
    })
  })

  it('keeps the name of a constraint', async () => {
    const message = 'duplicate key value violates unique constraint "users_email_key"'
    expect(await logged((logger) => logger.error(new Error(message)))).toContain('users_email_key')
  })

  it('that is none says only what it is', async () => {
    const [line] = await loggedLines((logger) =>
      logger.error({ err: new Error('x', { cause: canary }) }),
    )
    expect(line).toHaveProperty('err.message', 'x')
    expect(line).not.toHaveProperty('err.cause')
  })
})
