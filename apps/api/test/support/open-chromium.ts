import { chromium, type Page } from 'playwright-core'
import { anyAddress } from './request.ts'

export interface Visit {
  readonly page: Page
  /** What the pages complained about so far: refused by their policy, failed to load, thrown. */
  readonly complaints: readonly string[]
}

export interface TestBrowser {
  /** A browser of somebody new, without cookies, who comes from an address of their own. */
  visit(options?: Parameters<Page['emulateMedia']>[0]): Promise<Visit>
  close(): Promise<void>
}

// What keeps Chromium from calling its maker.
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts the Chromium that the lane found; throws a sentence on what to install when it found none. */
export async function openChromium(): Promise<TestBrowser> {
  const executablePath = process.env['CHROMIUM']
  if (!executablePath) {
    throw new Error(
      'There is no Chromium for the browser tests: install one (Debian: apt-get install chromium) or Chrome, or set CHROMIUM to the path of one.',
    )
  }
  // Chromium's sandbox refuses to run as root.
  const chromiumSandbox = process.getuid?.() !== 0
  const browser = await chromium.launch({ executablePath, chromiumSandbox, args: quiet })
  return {
    async visit(media = {}) {
      const context = await browser.newContext({
        extraHTTPHeaders: { 'x-forwarded-for': anyAddress() },
      })
      const page = await context.newPage()
      await page.emulateMedia(media)
      return { page, complaints: listenForComplaints(page) }
    },
    close: () => browser.close(),
  }
}

function listenForComplaints(page: Page): readonly string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`))
  return complaints
}
