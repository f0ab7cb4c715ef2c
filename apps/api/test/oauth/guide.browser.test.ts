import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { keyPermissions } from '@repo/rbac'
import { findFreePort } from '@repo/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createVisitor } from '../support/create-visitor.ts'
import { createWorld, type Person, password, type World } from '../support/create-world.ts'
import { enrollTotp } from '../support/enroll-totp.ts'
import { openChromium, type TestBrowser } from '../support/open-chromium.ts'
import { readGuide } from '../support/read-guide.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

let browser: TestBrowser
let api: TestApi
let world: World
let app: Server
let issuer: string
let appOrigin: string

// A page of another origin: another port is another one, and the same site to cookies.
beforeAll(async () => {
  const [apiPort, appPort] = [await findFreePort(), await findFreePort()]
  issuer = `http://localhost:${apiPort}`
  appOrigin = `http://localhost:${appPort}`
  const environment = {
    NODE_ENV: 'development',
    PORT: `${apiPort}`,
    BASE_URL: issuer,
    CORS_ORIGINS: appOrigin,
  }
  api = await startApi({ environment })
  world = await createWorld(api)
  browser = await openChromium()
  const { id } = await api.clients.create({
    kind: 'browser',
    name: 'Order viewer',
    redirectUris: [`${appOrigin}/callback`],
    scopes: keyPermissions,
    firstParty: false,
    organizationId: null,
  })
  app = await serveApp(appPort, id)
})
afterAll(async () => {
  app.close()
  app.closeAllConnections()
  await browser.close()
  await world.close()
  await api.close()
})

const page = `<!doctype html><title>App</title><link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "oauth4webapi": "/oauth4webapi.js" } }</script>
<button>Sign in</button><output></output><script type="module" src="/app.js"></script>`

async function serveApp(port: number, clientId: string): Promise<Server> {
  const program = (await readGuide('browser'))
    .replace('http://localhost:3000', issuer)
    .replace('CLIENT_ID', clientId)
  const library = await readFile(fileURLToPath(import.meta.resolve('oauth4webapi')), 'utf8')
  const files: Readonly<Record<string, string>> = {
    '/app.js': program,
    '/oauth4webapi.js': library,
  }
  const server = createServer((request, response) => {
    const file = files[new URL(request.url ?? '/', appOrigin).pathname]
    const type = file === undefined ? 'text/html' : 'text/javascript'
    response.setHeader('content-type', type).end(file ?? page)
  })
  await once(server.listen(port, 'localhost'), 'listening')
  return server
}

/** Somebody with a password and codes on. */
async function createPerson(): Promise<{ person: Person; nextCode: () => string }> {
  const person = await world.createPerson()
  const totp = await enrollTotp(api, createVisitor(api, person.cookie))
  return { person, nextCode: totp.nextCode }
}

async function signIn(tab: Page, email: string): Promise<void> {
  await tab.getByRole('button', { name: 'Sign in' }).click()
  await tab.waitForURL(/\/oauth\/interaction\//)
  await tab.getByLabel('E-mail address').fill(email)
  await tab.getByLabel('Password').fill(password)
  await tab.getByRole('button', { name: 'Sign in' }).click()
}

describe('the page of the guide', () => {
  it('signs in with a password and a code, is allowed, and calls the API with a bound token', async () => {
    const { person, nextCode } = await createPerson()
    const { page: tab, complaints } = await browser.visit({ colorScheme: 'dark' })
    // A header that a page cannot send by itself would have to be allowed.
    await tab.context().setExtraHTTPHeaders({})
    await tab.goto(appOrigin)
    await signIn(tab, person.email)
    await tab.getByLabel('Code', { exact: true }).fill(nextCode())
    await tab.keyboard.press('Enter')
    await tab.getByRole('heading', { name: 'Let Order viewer in?' }).waitFor()
    await tab.getByRole('button', { name: 'Allow', exact: true }).click()
    await tab.locator('output', { hasText: 'Acme' }).waitFor()
    expect(new URL(tab.url()).search).toBe('')
    expect(complaints).toEqual([])
    expect(await tab.evaluate('localStorage.length + sessionStorage.length')).toBe(0)
    expect(await tab.evaluate('document.cookie')).toBe('')
    const cookies = await tab.context().cookies(issuer)
    const { cookieName: name } = api.services.sessions
    expect(cookies.map((cookie) => cookie.name).toSorted()).toEqual([
      'browser',
      'oauth-session',
      name,
    ])
    for (const cookie of cookies) {
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
    }
  })

  it('is told when its user does not allow it', async () => {
    const { person, nextCode } = await createPerson()
    const { page: tab } = await browser.visit()
    await tab.goto(appOrigin)
    await signIn(tab, person.email)
    await tab.getByLabel('Code', { exact: true }).fill(nextCode())
    await tab.keyboard.press('Enter')
    const answer = tab.waitForRequest(/\/callback\?/)
    await tab.getByRole('button', { name: 'Do not allow' }).click()
    expect(new URL((await answer).url()).searchParams.get('error')).toBe('access_denied')
  })
})

describe('the pages of the sign-in', () => {
  it('work by the keyboard alone', async () => {
    const { person, nextCode } = await createPerson()
    const { page: tab } = await browser.visit()
    await tab.goto(appOrigin)
    await tab.getByRole('button', { name: 'Sign in' }).click()
    await tab.waitForURL(/\/oauth\/interaction\//)
    await tab.keyboard.press('Tab')
    await tab.keyboard.type(person.email)
    await tab.keyboard.press('Tab')
    await tab.keyboard.type(password)
    await tab.keyboard.press('Enter')
    await tab.getByRole('heading', { name: 'Enter your code' }).waitFor()
    await tab.keyboard.type(nextCode())
    await tab.keyboard.press('Enter')
    await tab.getByRole('heading', { name: 'Let Order viewer in?' }).waitFor()
    await tab.keyboard.press('Tab')
    expect(await tab.evaluate('document.activeElement.textContent')).toBe('Allow')
    const answer = tab.waitForRequest(/\/callback\?/)
    await tab.keyboard.press('Enter')
    expect(new URL((await answer).url()).searchParams.get('code')).toBeTruthy()
  })
})
