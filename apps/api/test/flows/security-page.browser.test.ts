import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { createAdministrator, readAudit } from '../support/administer.ts'
import {
  type CodedAdministrator,
  createCodedAdministrator,
  enterAdminPages,
  failLogIns,
} from '../support/attack-and-enter.ts'
import { createWorld, password, type World } from '../support/create-world.ts'
import { fillSecurityPage } from '../support/fill-security-page.ts'
import { request } from '../support/request.ts'
import { type BrowserBench, useBrowser } from '../support/use-browser.ts'

const pictures = fileURLToPath(new URL('../../../../reports/security-page/', import.meta.url))
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let bench: BrowserBench
let world: World
let admin: CodedAdministrator

useBrowser((made) => {
  bench = made
})
beforeAll(async () => {
  await mkdir(pictures, { recursive: true })
  world = await createWorld(bench.api)
  admin = await createCodedAdministrator(world)
  return () => world.close()
})

async function enter() {
  const visit = await bench.browser.visit()
  await visit.page.goto(`${bench.origin}/admin`)
  await enterAdminPages(visit.page, admin)
  await visit.page.getByRole('heading', { name: 'Who is attacking now' }).waitFor()
  return visit
}

// The page that asks to sign in is a 401, which Chromium writes down.
const withoutRefusals = (complaints: readonly string[]) =>
  complaints.filter((one) => !one.includes('status of 401'))

const logInFrom = async (from: string) => {
  const body = { email: 'nobody@world.test', password }
  const headers = { 'x-forwarded-for': from }
  return (await request(`${bench.api.url}/api/auth/login`, { method: 'POST', body, headers }))
    .status
}

it('an attacker is found within two clicks, and let in again by a third; the audit log has it', async () => {
  const attacker = '203.0.113.77'
  await failLogIns(world, attacker)
  expect(await logInFrom(attacker)).toBe(429)
  const { page, complaints } = await enter()
  // No click: it stands there.
  await page.getByRole('listitem').filter({ hasText: attacker }).first().waitFor()
  await page.getByRole('link', { name: `log-ins from ${attacker} have failed` }).click()
  await page.getByText('Refused meanwhile').waitFor()
  expect(new URL(page.url()).pathname).toMatch(/^\/admin\/alerts\/[\da-f-]{36}$/)
  expect(await page.getByRole('table').getByText('auth.login').count()).toBeGreaterThanOrEqual(10)
  await page.getByRole('button', { name: `Unblock ${attacker}` }).click()
  await page.getByRole('status').getByText('The address is open again.').waitFor()
  expect(await logInFrom(attacker)).toBe(401)
  const [event] = await readAudit(world, await createAdministrator(world), {
    action: 'admin.blockedAddresses.delete',
  })
  expect(event).toMatchObject({ actor: admin.id, target: attacker, outcome: 'success' })
  expect(withoutRefusals(complaints)).toEqual([])
})

it('it is all within reach of the keyboard: past the head, to an alert, and settled', async () => {
  await failLogIns(world, '203.0.113.78')
  const { page, complaints } = await enter()
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  expect(await page.evaluate('document.activeElement.closest("main") !== null')).toBe(true)
  await tabTo(page, /Acknowledge/)
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText('The alert is acknowledged.').waitFor()
  await tabTo(page, /^Resolve/)
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText('The alert is resolved.').waitFor()
  expect(withoutRefusals(complaints)).toEqual([])
})

const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent.trim()')

async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let count = 0; count < 60; count += 1) {
    await page.keyboard.press('Tab')
    if (name.test(await focused(page))) return
  }
  throw new Error(`The tab key does not lead to ${name}.`)
}

it('what happens meanwhile is there without a click, unless somebody said to wait', async () => {
  const { page } = await enter()
  await page.getByRole('button', { name: 'Pause' }).waitFor()
  await failLogIns(world, '203.0.113.79')
  // As after a minute, or when somebody comes back to the tab.
  await page.evaluate('document.activeElement.blur()')
  await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))')
  await page.getByRole('listitem').filter({ hasText: '203.0.113.79' }).first().waitFor()
  await page.getByRole('button', { name: 'Pause' }).click()
  await failLogIns(world, '203.0.113.80')
  await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))')
  expect(await page.getByText('203.0.113.80').count()).toBe(0)
})

const paths = {
  now: '/admin',
  alerts: '/admin/alerts',
  sessions: '/admin/sessions',
  keys: '/admin/keys',
  jobs: '/admin/jobs',
  audit: '/admin/audit',
  access: '/admin/access',
  digest: '/admin/digest',
} as const

interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string }[]
  }[]
}

async function violations(page: Page) {
  await page.evaluate(axe)
  const results = await page.evaluate<AxeResults>(
    'axe.run(document, { resultTypes: ["violations"] })',
  )
  return results.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
}

describe('every page', () => {
  let shown: Readonly<Record<string, string>>
  beforeAll(async () => {
    await failLogIns(world, '203.0.113.81')
    await fillSecurityPage(world)
    const [alert] = await world.sql.run(`SELECT id FROM alerts WHERE subject = '203.0.113.81'`)
    const [week] = await world.sql.run('SELECT week::text FROM audit.digests')
    shown = {
      ...paths,
      alert: `/admin/alerts/${alert?.['id']}`,
      week: `/admin/digest/${week?.['week']}`,
    }
  })

  const schemes = ['light', 'dark'] as const
  const sizes = { wide: [1_600, 1_000], usual: [1_280, 900], narrow: [360, 740] } as const
  const looks = schemes.flatMap((colorScheme) =>
    Object.entries(sizes).map(
      ([size, [width, height]]) => [colorScheme, size, { width, height }] as const,
    ),
  )

  it.each(looks)(
    '%s and %s: fits, breaks none of axe’s rules, and is refused nothing by its policy',
    async (colorScheme, size, viewport) => {
      const { page, complaints } = await bench.browser.visit({ colorScheme })
      await page.setViewportSize(viewport)
      const look = async (name: string, path: string) => {
        await page.goto(bench.origin + path)
        await page.screenshot({
          path: `${pictures}${name}-${colorScheme}-${size}.png`,
          fullPage: true,
        })
        expect.soft(await violations(page), name).toEqual([])
        const wide = await page.evaluate('document.documentElement.scrollWidth')
        expect.soft(wide, name).toBeLessThanOrEqual(viewport.width)
      }
      await look('sign-in', '/admin')
      await enterAdminPages(page, admin)
      await page.getByRole('navigation').waitFor()
      for (const [name, path] of Object.entries(shown)) await look(name, path)
      expect(withoutRefusals(complaints)).toEqual([])
    },
    120_000,
  )
})
