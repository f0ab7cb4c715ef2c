import { expect, test } from 'vitest'
import { fileName } from './file-name.ts'

test.each([
  'invoice.pdf',
  'Müller & Söhne – 商店 (1).png',
  'no extension',
  '.hidden',
  'a..b.png',
  'evil.exe',
  '"quoted"; filename=x.html',
  `${'a'.repeat(251)}.png`,
  '😀'.repeat(255),
])('%j is one', (name) => {
  expect(fileName.parse(name)).toBe(name)
})

test.each([
  '',
  ' ',
  ' a.png',
  'a.png ',
  '.',
  '..',
  '../a.png',
  '/etc/passwd',
  'a/b.png',
  '..\\a.png',
  'C:\\a.png',
  'a\r\nSet-Cookie: x=1.png',
  'a\n.png',
  'a\0.png',
  'a\u2028.png',
  'gnp.\u202eexe',
  'a\ud800.png',
  'a'.repeat(256),
])('%j is none', (name) => {
  expect(fileName.safeParse(name).success).toBe(false)
})

test('two spellings of one name are one', () => {
  expect(fileName.parse('u\u0308.png')).toBe('ü.png')
})
