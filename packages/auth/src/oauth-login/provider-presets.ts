/** How a provider speaks, and what its word about an address is worth. */
export type ProviderKind = 'openid' | 'google' | 'microsoft' | 'github'

/** One provider, as it is configured. */
export interface ProviderSettings {
  /** As it stands in its URLs: lower-case letters and digits. */
  readonly name: string
  /** Null where the name says it. */
  readonly issuer: string | null
  readonly clientId: string
  readonly clientSecret: string
}

/** The same, with what its name adds. */
export interface Provider extends ProviderSettings {
  readonly title: string
  readonly kind: ProviderKind
  readonly issuer: string
}

interface Preset {
  readonly title: string
  readonly kind: ProviderKind
  readonly issuer: string
}

const presets: Readonly<Record<string, Preset>> = {
  google: { title: 'Google', kind: 'google', issuer: 'https://accounts.google.com' },
  // For every tenant; openid-client puts the tenant of an ID token into its issuer's template.
  microsoft: {
    title: 'Microsoft',
    kind: 'microsoft',
    issuer: 'https://login.microsoftonline.com/common/v2.0',
  },
  github: { title: 'GitHub', kind: 'github', issuer: 'https://github.com' },
}

/** Throws for a provider without an issuer, which its configuration should have refused. */
export function completeProvider(settings: ProviderSettings): Provider {
  const { name } = settings
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined
  const issuer = settings.issuer ?? preset?.issuer
  if (issuer === undefined) throw new Error(`The provider ${name} has no issuer.`)
  const title = preset?.title ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  return { ...settings, title, issuer, kind: preset?.kind ?? kindByIssuer(issuer) }
}

/** Under whatever name: what such a provider says of an address is worth no more. */
function kindByIssuer(issuer: string): ProviderKind {
  const { hostname } = new URL(issuer)
  if (hostname === 'accounts.google.com') return 'google'
  return microsoftHosts.some((host) => hostname === host || hostname.endsWith(`.${host}`))
    ? 'microsoft'
    : 'openid'
}

const microsoftHosts = ['microsoftonline.com', 'microsoftonline.us', 'windows.net', 'ciamlogin.com']
