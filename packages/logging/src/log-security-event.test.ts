import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { logSecurityEvent, nameEvent } from './log-security-event.ts'
import { createLogger } from './logger.ts'
import { type SecurityEventName, securityEvents } from './security-events.ts'

function logged(name: SecurityEventName, fields: Parameters<typeof nameEvent>[1] = {}) {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  logSecurityEvent(createLogger({ level: 'info', destination }), name, fields)
  return lines.map((line): unknown => JSON.parse(line))
}

describe('a security event', () => {
  it('is one line: its name with what it says, its level, the fields and a description', () => {
    const fields = { userId: 'u1', action: 'orders.get', reason: 'forbidden', requestId: 'r1' }
    expect(logged('authz_fail', fields)).toEqual([
      {
        level: 'warn',
        time: expect.any(String),
        service: 'rampart-api',
        event: 'authz_fail:u1,orders.get',
        ...fields,
        msg: 'somebody may not do this',
      },
    ])
  })

  it.each([
    ['authn_login_fail', {}, 'authn_login_fail'],
    ['authn_login_fail', { userId: null }, 'authn_login_fail'],
    ['authz_fail', { action: 'orders.get' }, 'authz_fail:-,orders.get'],
    ['authz_change', { userId: 'u1' }, 'authz_change:u1,-'],
    ['sys_startup', { userId: 'u1' }, 'sys_startup'],
  ] as const)('%s with %o is named %s', (name, fields, event) => {
    expect(nameEvent(name, fields)).toBe(event)
  })

  it.each(Object.keys(securityEvents))('%s has a name of the vocabulary’s form', (name) => {
    expect(name).toMatch(
      /^(authn|authz|excess|input|malicious|privilege|sensitive|session|sys|upload|user)_[a-z_]+(_404)?$/,
    )
  })
})
