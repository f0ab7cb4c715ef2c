import { afterEach, beforeEach, expect, test } from 'vitest'
import { launchClamd } from './launch-clamd.ts'

const given = process.env['CLAMD'] ?? ''

beforeEach(() => {
  process.env['CLAMD'] = ''
})
afterEach(() => {
  process.env['CLAMD'] = given
})

test('without a clamd it says what to install', async () => {
  await expect(launchClamd()).rejects.toThrow('apt-get install clamav-daemon')
})

test.each([
  ['is no program', '/nonexistent/clamd'],
  ['ends at once', '/bin/sh'],
])('a clamd that %s is said not to have started', async (_name, path) => {
  process.env['CLAMD'] = path
  await expect(launchClamd()).rejects.toThrow('clamd did not start')
})
