import type { Page } from 'playwright-core'
import { createVisitor } from './create-visitor.ts'
import { type Person, password, type World } from './create-world.ts'
import { enrollTotp } from './enroll-totp.ts'
import { request } from './request.ts'

export interface CodedAdministrator extends Person {
  /** A code that was not used yet: the API's clock moves to it. */
  nextCode(): string
}

/** An administrator of the platform with an authenticator app. */
export async function createCodedAdministrator(world: World): Promise<CodedAdministrator> {
  const person = await world.createPerson({ platformRole: 'admin' })
  const totp = await enrollTotp(world.api, createVisitor(world.api, person.cookie))
  return { ...person, nextCode: totp.nextCode }
}

/** Ten log-ins from one address that fail: what closes it (G31). To one account, which nobody else tries. */
export async function failLogIns({ api }: World, from: string) {
  const email = `${crypto.randomUUID()}@victims.test`
  for (let count = 0; count < 10; count += 1) {
    await request(`${api.url}/api/auth/login`, {
      method: 'POST',
      body: { email, password: 'a wrong password' },
      headers: { 'x-forwarded-for': from },
    })
  }
  await Promise.all([api.services.detection.flush(), api.services.audit.flush()])
}

/** Signs in on the page that is open. */
export async function enterAdminPages(page: Page, admin: CodedAdministrator): Promise<void> {
  await page.getByLabel('E-mail address').fill(admin.email)
  await page.getByLabel('Password').fill(password)
  await page.getByLabel('Code of your authenticator app').fill(admin.nextCode())
  await page.getByRole('button', { name: 'Sign in' }).click()
}
