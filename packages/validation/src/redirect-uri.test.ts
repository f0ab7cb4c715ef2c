import { expect, test } from 'vitest'
import { redirectUri } from './redirect-uri.ts'

test.each([
  'https://app.test/callback',
  'https://app.test/callback?from=rampart',
  'http://localhost:5173/callback',
  'http://127.0.0.1/callback',
  'http://[::1]:8080/callback',
  'com.example.app:/callback',
])('%s is taken', (uri) => {
  expect(redirectUri.parse(uri)).toBe(uri)
})

test.each([
  '',
  'callback',
  '/callback',
  'http://app.test/callback',
  'http://localhost.evil.test/callback',
  'https://app.test/callback#token',
  'https://user@app.test/callback',
  'https://*.app.test/callback',
  'https://app.test/call back',
  'https:\\\\app.test',
  'https:app.test',
  'https://app.test;sandbox/callback',
  'https://app.test,evil.test/callback',
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'app:/callback',
  `https://app.test/${'a'.repeat(2_000)}`,
])('%s is refused', (uri) => {
  expect(redirectUri.safeParse(uri).success).toBe(false)
})
