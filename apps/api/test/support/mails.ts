import { type OutboxMail, readOutbox } from '@repo/mail'
import { vi } from 'vitest'
import type { TestApi } from './start-api.ts'

/** The mails to an address that were taken so far. */
export async function findMails(
  { outbox, mailsSettled }: TestApi,
  to: string,
): Promise<readonly OutboxMail[]> {
  await mailsSettled()
  return (await readOutbox(outbox)).filter((mail) => mail.to === to)
}

/** Waits for a mail to an address whose subject matches; the newest of them. */
export async function waitForMail(api: TestApi, to: string, subject: RegExp): Promise<OutboxMail> {
  const find = async () => {
    const mail = (await findMails(api, to)).find((one) => subject.test(one.subject))
    if (!mail) throw new Error(`No mail to ${to} is called ${subject}.`)
    return mail
  }
  return vi.waitFor(find, { timeout: 10_000, interval: 20 })
}

/** What stands behind `#` in the link of a mail. */
export function tokenIn({ text }: OutboxMail): string {
  const [, token] = /#([\w-]{49})$/m.exec(text) ?? []
  if (!token) throw new Error(`No link in: ${text}`)
  return token
}

const subjects = {
  register: /^Confirm your e-mail/,
  reset: /^Set a new password/,
  change: /^Confirm the change/,
}

export const waitForToken = async (api: TestApi, to: string, kind: keyof typeof subjects) =>
  tokenIn(await waitForMail(api, to, subjects[kind]))
