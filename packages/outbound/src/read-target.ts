import { OutboundError } from './outbound-error.ts'

/** Where a request goes, as the URL standard reads it: what is checked is what is used. */
export interface Target {
  readonly secure: boolean
  /** A name, or an address in its one spelling and without brackets. */
  readonly hostname: string
  readonly port: number
  readonly path: string
}

const maxLength = 2_048

/** Reads an http: or https: URL without credentials; throws OutboundError, which does not say it. */
export function readTarget(text: string): Target {
  const url = text.length <= maxLength ? URL.parse(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) throw new OutboundError('refused_url')
  // `https://public.example@127.0.0.1` looks like another receiver than it is.
  if (url.username !== '' || url.password !== '') throw new OutboundError('refused_url')
  const secure = url.protocol === 'https:'
  return {
    secure,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: `${url.pathname}${url.search}`,
  }
}
