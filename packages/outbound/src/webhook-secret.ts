const prefix = 'whsec_'
const minBytes = 32

/** The key in `whsec_BASE64`, or BASE64 alone; null unless it is 32 bytes or more, in their one spelling. */
export function readWebhookSecret(text: string): Buffer | null {
  const encoded = text.startsWith(prefix) ? text.slice(prefix.length) : text
  const key = Buffer.from(encoded, 'base64')
  // Node's decoder skips what it does not know.
  return key.length >= minBytes && key.toString('base64') === encoded ? key : null
}

/** The same of several; throws when one is no good, or there is none. */
export function requireWebhookSecrets(secrets: readonly string[]): readonly Buffer[] {
  const keys = secrets.map(readWebhookSecret).filter((key) => key !== null)
  if (keys.length === 0 || keys.length < secrets.length) {
    throw new Error('A secret of webhooks is 32 bytes or more in base64.')
  }
  return keys
}
