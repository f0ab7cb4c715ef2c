import { email as emailForm } from '@repo/validation'
import type { Claims } from './external-person.ts'
import type { ProviderKind } from './provider-presets.ts'

export interface VouchedEmail {
  readonly email: string | null
  readonly emailVerified: boolean
}

type Rule = (email: string, claims: Claims) => boolean

/** What it takes for a provider's word about an address to count. Anything but a plain yes is a no. */
const rules: Readonly<Record<Exclude<ProviderKind, 'github'>, Rule>> = {
  openid: (_email, claims) => claims['email_verified'] === true,
  // Of other addresses Google only knows that they were somebody's once, not that they still are.
  google: (email, claims) =>
    claims['email_verified'] === true && (email.endsWith('@gmail.com') || isText(claims['hd'])),
  // Any tenant can write any address there ("nOAuth"), unless the owner of its domain was verified.
  microsoft: (_email, claims) => saidYes.has(claims['xms_edov']),
}

// The forms in which Entra ID sends this one.
const saidYes: ReadonlySet<unknown> = new Set([true, 1, '1', 'true'])

const isText = (value: unknown) => typeof value === 'string' && value !== ''

/** The address that claims give, and whether who gives them answers for it. */
export function readVouchedEmail(claims: Claims, kind: keyof typeof rules): VouchedEmail {
  const email = readEmail(claims['email'])
  return { email, emailVerified: email !== null && rules[kind](email, claims) }
}

/** An address of the form that ours have; null for any other, and for one that nobody can receive mail at. */
export function readEmail(value: unknown): string | null {
  return emailForm.safeParse(value).data ?? null
}
