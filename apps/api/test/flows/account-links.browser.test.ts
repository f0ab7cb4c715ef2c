import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { request } from '../support/request.ts'
import {
  awaitLink,
  type BrowserBench,
  callFromPage,
  followMail,
  useBrowser,
} from '../support/use-browser.ts'

let bench: BrowserBench
let count = 0

useBrowser((made) => {
  bench = made
})

const password = 'correct horse battery staple'
const newPassword = 'another horse, another staple'

function newEmail(): string {
  count += 1
  return `person-${count}@links.test`
}

/** The status of a log-in from outside of any browser. */
async function logIn(email: string, secret: string): Promise<number> {
  const body = { email, password: secret }
  const { status } = await request(`${bench.api.url}/api/auth/login`, { method: 'POST', body })
  return status
}

/** Somebody who asked for an account. */
async function register(email: string) {
  const visit = await bench.browser.visit()
  await visit.page.goto(`${bench.origin}/account/verify-email`)
  const input = { email, password, name: 'Alice' }
  expect((await callFromPage(visit.page, '/api/auth/register', input)).status).toBe(202)
  return visit
}

/** Somebody who has an account, and nothing else. */
async function openAccount(email: string) {
  const visit = await register(email)
  await followMail(bench, visit.page, { to: email, leadsTo: 'verify-email' })
  await open(visit.page)
  return visit
}

/** Somebody who asked for a new password and followed the link to its page. */
async function forgetPassword(email: string) {
  const visit = await openAccount(email)
  await callFromPage(visit.page, '/api/auth/password/forgot', { email })
  await followMail(bench, visit.page, { to: email, leadsTo: 'reset-password' })
  return visit
}

/** Opens the account of the page's link, as who asked for it. */
async function open(page: Page, outcome = 'Your account is open.'): Promise<void> {
  await page.getByLabel('The password that you chose').fill(password)
  await press(page, 'Open my account', outcome)
}

/** Presses a button and waits until the page says this. */
async function press(page: Page, button: string, outcome: string): Promise<void> {
  await page.getByRole('button', { name: button }).click()
  await page.getByRole('status').getByText(outcome).waitFor()
}

it('a person registers, follows the link of the mail, presses the button and logs in', async () => {
  const email = newEmail()
  const { page, complaints } = await register(email)
  await followMail(bench, page, { to: email, leadsTo: 'verify-email' })
  expect(page.url()).toBe(`${bench.origin}/account/verify-email`)
  // Whoever only looks at the link, as scanners of mail do, opens nothing.
  expect(await logIn(email, password)).toBe(401)
  await open(page)
  expect(await callFromPage(page, '/api/auth/login', { email, password })).toMatchObject({
    status: 200,
    body: { mfaRequired: false, user: { email } },
  })
  expect(complaints).toEqual([])
})

it('a session is in a cookie that no script can read, and nowhere else', async () => {
  const email = newEmail()
  const { page } = await openAccount(email)
  await callFromPage(page, '/api/auth/login', { email, password })
  const { knownBrowsers, sessions } = bench.api.services
  // Development speaks plain HTTP, hence not Secure.
  const flags = { path: '/', httpOnly: true, sameSite: 'Lax', secure: false }
  expect(await page.context().cookies()).toEqual(
    [sessions, knownBrowsers].map(({ cookieName: name }) =>
      expect.objectContaining({ ...flags, name }),
    ),
  )
  expect(await page.evaluate('document.cookie')).toBe('')
  expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0)
})

it('a forgotten password is set anew by the keyboard alone', async () => {
  const email = newEmail()
  const { page, complaints } = await forgetPassword(email)
  await page.keyboard.press('Tab')
  await page.keyboard.type(newPassword)
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText('Your new password is set').waitFor()
  expect(await logIn(email, newPassword)).toBe(200)
  expect(await logIn(email, password)).toBe(401)
  expect(complaints).toEqual([])
})

it('a refused password is explained beside it, and the link is still good', async () => {
  const email = newEmail()
  const { page } = await forgetPassword(email)
  const field = page.getByLabel('New password')
  await field.fill('password1234')
  await press(page, 'Set the password', 'This is among the most common passwords.')
  expect(await field.getAttribute('aria-invalid')).toBe('true')
  expect(await field.evaluate((element) => element.matches(':focus'))).toBe(true)
  await field.fill(newPassword)
  await press(page, 'Set the password', 'Your new password is set')
  expect(await logIn(email, newPassword)).toBe(200)
})

it('a password that is too long is refused, not cut', async () => {
  const email = newEmail()
  const { page } = await forgetPassword(email)
  const long = newPassword.repeat(5)
  const field = page.getByLabel('New password')
  await field.fill(long)
  expect(await field.inputValue()).toBe(long)
  await page.getByRole('button', { name: 'Set the password' }).click()
  await page.getByRole('status').getByText('128').waitFor()
  expect(await logIn(email, long.slice(0, 128))).toBe(401)
  expect(await logIn(email, password)).toBe(200)
})

it('a password can be looked at, and is hidden again when it is sent', async () => {
  const { page } = await forgetPassword(newEmail())
  const field = page.getByLabel('New password')
  await field.fill(newPassword)
  expect(await field.getAttribute('type')).toBe('password')
  await page.getByLabel('Show the password').check()
  expect(await field.getAttribute('type')).toBe('text')
  await page.getByRole('button', { name: 'Set the password' }).click()
  expect(await field.getAttribute('type')).toBe('password')
})

it('an address changes once both have agreed on their pages', async () => {
  const [oldEmail, newOne] = [newEmail(), newEmail()]
  const { page, complaints } = await openAccount(oldEmail)
  await callFromPage(page, '/api/auth/login', { email: oldEmail, password })
  const asked = await callFromPage(page, '/api/auth/email/change', { email: newOne })
  expect(asked.status).toBe(202)
  await followMail(bench, page, { to: oldEmail, leadsTo: 'confirm-email' })
  await press(page, 'Agree to the change', 'once the link in the mail to the other address')
  expect(await logIn(newOne, password)).toBe(401)
  await followMail(bench, page, { to: newOne, leadsTo: 'confirm-email' })
  await press(page, 'Agree to the change', 'your account has moved')
  expect(await logIn(newOne, password)).toBe(200)
  expect(complaints).toEqual([])
})

it('a link that was used says so, and a second one in the same tab is taken', async () => {
  const email = newEmail()
  const { page } = await register(email)
  const link = await awaitLink(bench, { to: email, leadsTo: 'verify-email' })
  await page.goto(link)
  await open(page)
  await page.goto(link)
  await open(page, 'This link has been used')
  expect(await page.getByRole('button').count()).toBe(0)
})

it('a page without a whole link sends nothing', async () => {
  const { page } = await bench.browser.visit()
  for (const hash of ['', '#', '#short', `#${'a'.repeat(50)}`]) {
    await page.goto('about:blank')
    await page.goto(`${bench.origin}/account/verify-email${hash}`)
    await page.getByRole('status').getByText('This is not a whole link').waitFor()
    expect(await page.getByRole('button').count()).toBe(0)
  }
})
