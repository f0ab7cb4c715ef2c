import { expect, test } from 'vitest'
import { completeProvider } from './provider-presets.ts'
import { readVouchedEmail } from './vouched-email.ts'

const given = { email: 'Ada@Acme.test', email_verified: true }

type Row = readonly [kind: 'openid' | 'google' | 'microsoft', claims: object, verified: boolean]

const rows: readonly Row[] = [
  ['openid', given, true],
  ['openid', { ...given, email_verified: 'true' }, false],
  ['openid', { ...given, xms_edov: true, email_verified: undefined }, false],
  ['google', given, false],
  ['google', { ...given, hd: 'acme.test' }, true],
  ['google', { ...given, hd: true }, false],
  ['microsoft', given, false],
  ['microsoft', { ...given, xms_edov: true }, true],
  ['microsoft', { ...given, xms_edov: 'true' }, true],
  ['microsoft', { ...given, xms_edov: 'TRUE' }, false],
]

test.each(rows)('%s with %j: %s', (kind, claims, emailVerified) => {
  expect(readVouchedEmail({ ...claims }, kind)).toEqual({ email: 'ada@acme.test', emailVerified })
})

test.each([
  undefined,
  null,
  1,
  ['a@b.test'],
  { email: 'a@b.test' },
  'a',
  'a@b',
  '\u212A@b.test',
  'a@b.invalid',
])('as an address %j is none', (email) => {
  const none = { email: null, emailVerified: false }
  expect(readVouchedEmail({ ...given, email }, 'openid')).toEqual(none)
})

const settings = { clientId: 'a', clientSecret: 'b' }

test.each([
  ['google', null, 'google', 'Google', 'https://accounts.google.com'],
  ['microsoft', null, 'microsoft', 'Microsoft', 'https://login.microsoftonline.com/common/v2.0'],
  ['github', null, 'github', 'GitHub', 'https://github.com'],
  ['acme', 'https://id.acme.test', 'openid', 'Acme', 'https://id.acme.test'],
  [
    'corp',
    'https://login.microsoftonline.com/t/v2.0',
    'microsoft',
    'Corp',
    'https://login.microsoftonline.com/t/v2.0',
  ],
  ['corp', 'https://sts.windows.net/t/', 'microsoft', 'Corp', 'https://sts.windows.net/t/'],
  ['corp', 'https://accounts.google.com', 'google', 'Corp', 'https://accounts.google.com'],
  ['corp', 'https://evilwindows.net', 'openid', 'Corp', 'https://evilwindows.net'],
] as const)('%s at %s is of the kind %s', (name, issuer, kind, title, completed) => {
  const provider = completeProvider({ ...settings, name, issuer })
  expect(provider).toEqual({ ...settings, name, kind, title, issuer: completed })
})

test('a provider without an issuer cannot be used', () => {
  for (const name of ['acme', 'constructor']) {
    expect(() => completeProvider({ ...settings, name, issuer: null })).toThrow('has no issuer')
  }
})
