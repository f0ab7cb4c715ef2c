import { expect, it } from 'vitest'
import { request } from '../support/request.ts'
import { type BrowserBench, callFromPage, followMail, useBrowser } from '../support/use-browser.ts'

let bench: BrowserBench
let count = 0

useBrowser((made) => {
  bench = made
})

const password = 'correct horse battery staple'
const newPassword = 'another horse, another staple'

const newEmail = () => {
  count += 1
  return `person-${count}@links.test`
}

/** Logs in from outside of any browser. */
const logIn = async (email: string, secret: string) => {
  const answer = await request(`${bench.api.url}/api/auth/login`, {
    method: 'POST',
    body: { email, password: secret },
  })
  return answer.status
}

/** Somebody who asked for an account and followed the link of its mail. */
async function visitLink(email: string) {
  const visit = await bench.browser.visit()
  await visit.page.goto(`${bench.origin}/account/verify-email`)
  const asked = await callFromPage(visit.page, '/api/auth/register', {
    email,
    password,
    name: 'Alice',
  })
  expect(asked.status).toBe(202)
  await followMail(bench, visit.page, email)
  return visit
}

async function openAccount(email: string) {
  const visit = await visitLink(email)
  await visit.page.getByRole('button', { name: 'Open my account' }).click()
  await visit.page.getByText('Your account is open.').waitFor()
  return visit
}

async function visitReset(email: string) {
  const visit = await openAccount(email)
  await callFromPage(visit.page, '/api/auth/password/forgot', { email })
  await expect(async () => followMail(bench, visit.page, email)).not.toThrow()
  return visit
}

it('a person registers, follows the link of the mail, presses the button and logs in', async () => {
  const email = newEmail()
  const { page, complaints } = await visitLink(email)
  expect(page.url()).toBe(`${bench.origin}/account/verify-email`)
  expect(await logIn(email, password)).toBe(401)
  await page.getByRole('button', { name: 'Open my account' }).click()
  await page.getByText('Your account is open.').waitFor()
  expect(await callFromPage(page, '/api/auth/login', { email, password })).toMatchObject({
    status: 200,
    body: { mfaRequired: false, user: { email } },
  })
  expect(complaints).toEqual([])
})

it('the session is in a cookie that no script can read, and nowhere else', async () => {
  const email = newEmail()
  const { page } = await openAccount(email)
  await callFromPage(page, '/api/auth/login', { email, password })
  const cookies = await page.context().cookies()
  expect(cookies).toEqual([
    expect.objectContaining({
      name: bench.api.services.sessions.cookieName,
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
      // Development speaks plain HTTP.
      secure: false,
    }),
  ])
  expect(await page.evaluate('document.cookie')).toBe('')
  expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0)
})
