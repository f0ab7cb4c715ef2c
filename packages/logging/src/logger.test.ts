import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createLogger } from './logger.ts'

function openLog() {
  const chunks: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  return { logger: createLogger({ level: 'info', destination }), read: () => chunks.join('') }
}

describe('createLogger', () => {
  it('writes one line of JSON for each event, with an ISO time and the level by name', () => {
    const { logger, read } = openLog()
    logger.info({ route: '/api/orders/:orderId' }, 'request')
    logger.debug('below the level')
    const lines = read().trimEnd().split('\n')
    expect(lines).toHaveLength(1)
    const line: unknown = JSON.parse(lines[0] ?? '')
    expect(line).toMatchObject({ level: 'info', msg: 'request', route: '/api/orders/:orderId' })
    expect(line).toHaveProperty('time', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/))
  })

  it('keeps an event on its line, whatever its text holds', () => {
    const { logger, read } = openLog()
    logger.info({ agent: 'a\r\n{"level":"fatal"}\u001b[31m' }, 'x"\n}')
    expect(read().trimEnd().split('\n')).toHaveLength(1)
  })

  it.each([
    { password: 'canary-1' },
    { user: { password: 'canary-1' } },
    { request: { headers: { cookie: 'session=canary-1' } } },
    { headers: { authorization: 'Bearer canary-1', 'set-cookie': 'canary-1' } },
  ])('redacts secrets in %j', (fields) => {
    const { logger, read } = openLog()
    logger.info({ ...fields, kept: 'here' }, 'event')
    expect(read()).not.toContain('canary-1')
    expect(read()).toContain('here')
  })

  it('logs the message, code and causes of an error, not its other properties', () => {
    const { logger, read } = openLog()
    const cause = Object.assign(new Error('driver failed'), {
      code: '23505',
      parameters: ['canary-2'],
    })
    logger.error({ err: new Error('outer', { cause }) }, 'failed')
    expect(read()).toContain('driver failed')
    expect(read()).toContain('23505')
    expect(read()).not.toContain('canary-2')
  })
})
