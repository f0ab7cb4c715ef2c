import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import {
  type BrowserBench,
  callFromPage,
  followMail,
  type PageAnswer,
  useBrowser,
} from '../support/use-browser.ts'

let bench: BrowserBench

useBrowser((made) => {
  bench = made
})

const email = 'alice@passkeys.test'
const password = 'correct horse battery staple'

// In the words of a browser, whose types Node does not have.
const createPasskey = `async (options) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  return (await navigator.credentials.create({ publicKey })).toJSON()
}`
const getPasskey = `async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  return (await navigator.credentials.get({ publicKey })).toJSON()
}`

const runInPage = (page: Page, source: string, { body }: PageAnswer): Promise<unknown> =>
  page.evaluate(`(${source})(${JSON.stringify(body)})`)

/** An authenticator of this machine that knows its user and always says yes. */
async function addAuthenticator(page: Page) {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return async () => {
    const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId })
    return credentials
  }
}

async function openAccount(page: Page): Promise<void> {
  await page.goto(`${bench.origin}/account/verify-email`)
  await callFromPage(page, '/api/auth/register', { email, password, name: 'Alice' })
  await followMail(bench, page, { to: email, leadsTo: 'verify-email' })
  await page.getByLabel('The password that you chose').fill(password)
  await page.getByRole('button').click()
  await page.getByText('Your account is open.').waitFor()
}

it('a browser adds a passkey, logs out, and logs in by it without a name or a password', async () => {
  const { page, complaints } = await bench.browser.visit()
  await openAccount(page)
  const listKept = await addAuthenticator(page)
  await callFromPage(page, '/api/auth/login', { email, password })

  const creation = await callFromPage(page, '/api/auth/passkeys/register/options', {})
  const created = await runInPage(page, createPasskey, creation)
  const input = { name: 'This machine', response: created }
  const added = await callFromPage(page, '/api/auth/passkeys/register', input)
  expect(added).toMatchObject({ status: 201, body: { name: 'This machine' } })
  expect(await listKept()).toEqual([
    expect.objectContaining({ rpId: 'localhost', isResidentCredential: true, userName: email }),
  ])

  expect((await callFromPage(page, '/api/auth/logout', {})).status).toBe(204)
  expect((await page.context().cookies()).map(({ name }) => name)).toEqual(['browser'])

  const request = await callFromPage(page, '/api/auth/passkeys/login/options', {})
  const response = await runInPage(page, getPasskey, request)
  expect(await callFromPage(page, '/api/auth/passkeys/login', { response })).toMatchObject({
    status: 200,
    body: { user: { email }, secondFactor: true },
  })
  expect(await page.context().cookies()).toHaveLength(2)
  expect(await page.evaluate('document.cookie')).toBe('')
  expect(complaints).toEqual([])

  // The same answer once more: its challenge is spent.
  const again = await callFromPage(page, '/api/auth/passkeys/login', { response })
  expect(again.status).toBe(401)
})
