import { isHttpUrl } from './is-http-url.ts'
import type { Variables } from './redis-config.ts'
import { Secret } from './secret.ts'

/** Another provider that people may log in with. */
export interface ExternalProviderConfig {
  /** As it stands in its URLs: `google`, `acme`. */
  readonly name: string
  /** Null where the name alone says it. */
  readonly issuer: string | null
  readonly clientId: string
  readonly clientSecret: Secret
}

const variable = /^OIDC_([A-Z][A-Z0-9]{0,31})_(ISSUER|CLIENT_ID|CLIENT_SECRET)$/

// Their issuers are known.
const presets: ReadonlySet<string> = new Set(['GOOGLE', 'MICROSOFT', 'GITHUB'])

export const isProviderVariable = (name: string): boolean => variable.test(name)

/** The names in `OIDC_<NAME>_…`, in the order of the alphabet. */
export function namesOfProviders(given: Variables): readonly string[] {
  const names = Object.keys(given).flatMap((key) => variable.exec(key)?.[1] ?? [])
  return [...new Set(names)].sort()
}

export const issuerOf = (name: string) => `OIDC_${name}_ISSUER`
export const clientSecretOf = (name: string) => `OIDC_${name}_CLIENT_SECRET`
const clientIdOf = (name: string) => `OIDC_${name}_CLIENT_ID`

/** The providers that the variables name. */
export function readExternalProviders(given: Variables): readonly ExternalProviderConfig[] {
  return namesOfProviders(given).map((name) =>
    Object.freeze({
      name: name.toLowerCase(),
      issuer: given[issuerOf(name)] ?? null,
      clientId: given[clientIdOf(name)] ?? '',
      clientSecret: new Secret(given[clientSecretOf(name)] ?? ''),
    }),
  )
}

/** What is wrong with them, in sentences without values. */
export const findProviderProblems = (given: Variables): readonly string[] =>
  namesOfProviders(given).flatMap((name) => {
    const isMissing = (key: string) => given[key] === undefined
    const needed = [clientIdOf(name), clientSecretOf(name)]
    if (!presets.has(name)) needed.unshift(issuerOf(name))
    const issuer = given[issuerOf(name)]
    return [
      ...needed.filter(isMissing).map((key) => `${key} is missing.`),
      ...(issuer === undefined || isIssuer(issuer) ? [] : [`${issuerOf(name)} ${issuerRule}`]),
    ]
  })

const issuerRule = 'must be an http:// or https:// URL without a user, a query or a fragment.'

// OpenID Connect Discovery, section 2: an issuer has neither query nor fragment.
const isIssuer = (text: string) => isHttpUrl(text) && !/[?#]/.test(text)
