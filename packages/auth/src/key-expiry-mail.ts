import { type MailText, mailTexts } from './mail-texts.ts'

/** What the owner of a key is told before it expires: the characters that are shown of it, and when. */
export const keyExpiryMail = (key: {
  readonly prefix: string
  readonly expiresAt: Date
}): MailText => mailTexts.apiKeyExpires(key.prefix, key.expiresAt)
