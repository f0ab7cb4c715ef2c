import { expect, test } from 'vitest'
import { isMailbox } from './is-mailbox.ts'

test.each([
  'no-reply@acme.test',
  'a.b+c@mail.acme.test',
  'root@localhost',
  'Acme <no-reply@acme.test>',
  "Müller & Söhne's, Inc. 商店 <a@acme.test>",
  `${'a'.repeat(100)} <a@acme.test>`,
])('%s is one', (text) => {
  expect(isMailbox(text)).toBe(true)
})

test.each([
  '',
  'Acme',
  'a@',
  '@acme.test',
  'a b@acme.test',
  'ä@acme.test',
  'a@acme.test, b@acme.test',
  '<a@acme.test>',
  ' <a@acme.test>',
  'Acme<a@acme.test>',
  'Acme <a@acme.test',
  'Acme <a@acme.test> b',
  'Acme <b@acme.test> <a@acme.test>',
  '"Acme" <a@acme.test>',
  'Acme\r\nBcc: b@acme.test <a@acme.test>',
  'Acme\nBcc <a@acme.test>',
  'Acme\r <a@acme.test>',
  'Acme\u0000 <a@acme.test>',
  'Acme\u2028 <a@acme.test>',
  'Acme\u202e <a@acme.test>',
  'Acme <a@acme.test>\n',
  'Acme <a@acme.test\r\n>',
  'a@acme.test\r\nBcc: b@acme.test',
  'a@acme.test\n',
  `${'a'.repeat(101)} <a@acme.test>`,
  `${'a'.repeat(250)}@a.test`,
])('%j is none', (text) => {
  expect(isMailbox(text)).toBe(false)
})
