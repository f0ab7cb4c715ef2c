import { expect, test } from 'vitest'
import { createLane } from './create-lane.ts'
import { findChromium } from './find-chromium.ts'

const browserOnly = '**/*.browser.test.ts'
const embedded = { TEST_BACKEND: 'embedded' }

test.each([
  ['without a Chromium', {}, null, true],
  ['with a Chromium', {}, '/usr/bin/chromium', false],
  ['in CI without a Chromium', { CI: 'true' }, null, false],
  ['where REQUIRE_CHROMIUM is set, without one', { REQUIRE_CHROMIUM: '1' }, null, false],
])('%s the browser tests are as expected', async (_name, environment, chromium, isLeftOut) => {
  const { exclude, env } = await createLane({ ...embedded, ...environment }, chromium)
  expect(exclude?.includes(browserOnly)).toBe(isLeftOut)
  expect(env?.['CHROMIUM']).toBe(chromium ?? '')
})

test('the Chromium that is named comes first, and only one that exists counts', () => {
  const named = { CHROMIUM: '/opt/chromium' }
  expect(findChromium(named, () => true)).toBe('/opt/chromium')
  expect(findChromium(named, (path) => path !== '/opt/chromium')).toBe('/usr/bin/chromium')
  expect(findChromium({}, (path) => path === '/usr/bin/google-chrome')).toBe(
    '/usr/bin/google-chrome',
  )
  expect(findChromium(named, () => false)).toBeNull()
})
