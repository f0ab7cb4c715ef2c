import { readOutbox } from '@repo/mail'
import { findFreePort } from '@repo/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { openChromium, type TestBrowser } from './open-chromium.ts'
import { startApi, type TestApi } from './start-api.ts'

export interface BrowserBench {
  readonly api: TestApi
  /** The API's origin under the name that browsers hold for secure: http://localhost:PORT. */
  readonly origin: string
  readonly browser: TestBrowser
}

/** One API in development and one Chromium for the tests of a file. */
export function useBrowser(prepare: (bench: BrowserBench) => void): void {
  const closers: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const browser = await openChromium()
    closers.push(browser.close)
    const port = String(await findFreePort())
    const origin = `http://localhost:${port}`
    const environment = { NODE_ENV: 'development', PORT: port, BASE_URL: origin }
    const api = await startApi({ environment })
    closers.push(api.close)
    prepare({ api, origin, browser })
  })
  afterAll(async () => {
    for (const close of closers) await close()
  })
}

export interface PageAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>> | null
}

/** Calls the API as a script of the page that is open would. */
export function callFromPage(page: Page, path: string, input: unknown): Promise<PageAnswer> {
  return page.evaluate(
    async ([url, body]): Promise<PageAnswer> => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body })
      const text = await response.text()
      return { status: response.status, body: text ? JSON.parse(text) : null }
    },
    [path, JSON.stringify(input)] as const,
  )
}

interface AwaitedMail {
  readonly to: string
  /** The page of ours that its link leads to. */
  readonly leadsTo: 'verify-email' | 'reset-password' | 'confirm-email'
}

/** Waits for a mail; returns its link, token and all. */
export async function awaitLink({ api, origin }: BrowserBench, mail: AwaitedMail): Promise<string> {
  const address = `${origin}/account/${mail.leadsTo}#`
  const find = async () => {
    const found = (await readOutbox(api.outbox)).filter(({ to }) => to === mail.to)
    return found.flatMap(({ text }) => text.split(/\s+/)).find((word) => word.startsWith(address))
  }
  await expect.poll(find).toBeDefined()
  return (await find()) ?? ''
}

/** Waits for a mail, and follows its link in the outbox of development. */
export async function followMail(bench: BrowserBench, page: Page, mail: AwaitedMail) {
  const link = await awaitLink(bench, mail)
  await page.goto(`${bench.origin}/outbox`)
  await page.getByRole('link', { name: link }).click()
  await page.waitForURL(`${bench.origin}/account/${mail.leadsTo}`)
}
