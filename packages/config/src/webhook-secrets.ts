import { isGuessableKey } from './encryption-keys.ts'

const minBytes = 32

// Standard Webhooks writes it with this in front.
const keyOf = (secret: string) => secret.trim().replace(/^whsec_/, '')

/** Whether the text is 32 bytes or more in base64, in their one spelling, with or without `whsec_`. */
export function isWebhookSecret(text: string): boolean {
  const bytes = Buffer.from(keyOf(text), 'base64')
  return bytes.length >= minBytes && bytes.toString('base64') === keyOf(text)
}

/** Whether one of a list was typed or counted and not drawn. */
export const hasGuessableSecret = (list: string): boolean =>
  list
    .split(',')
    .map(keyOf)
    .some((key) => key !== '' && isGuessableKey(key))
