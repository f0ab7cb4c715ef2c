import { expect, it } from 'vitest'
import { type BrowserBench, useBrowser } from '../support/use-browser.ts'

let bench: BrowserBench

useBrowser((made) => {
  bench = made
})

it('the reference works under its policy: it lists the operations, opens one and sends it', async () => {
  const { page, complaints } = await bench.browser.visit()
  await page.goto(bench.origin)
  await page.waitForURL(`${bench.origin}/docs`)
  const operation = page.locator('.opblock', { hasText: '/auth/session' }).first()
  await operation.locator('.opblock-summary-control').click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  await operation.getByRole('button', { name: 'Execute' }).click()
  await operation.locator('.live-responses-table', { hasText: '401' }).waitFor()
  expect(await operation.evaluate(({ ownerDocument }) => ownerDocument.fonts.status)).toBe('loaded')
  // The answer itself is what Chromium complains of; a policy would be named.
  expect(complaints.filter((text) => !text.includes('401'))).toEqual([])
})
