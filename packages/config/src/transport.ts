import { isIPv6 } from 'node:net'
import type { z } from 'zod'
import { ConfigError } from './config-error.ts'
import { environment } from './environment.ts'
import type { Variables } from './redis-config.ts'
import { sentencesOf } from './rules.ts'
import { readTlsFiles, type TlsFiles } from './tls-files.ts'

const transport = environment.pick({
  HOST: true,
  PORT: true,
  BASE_URL: true,
  TLS_CERT_FILE: true,
  TLS_KEY_FILE: true,
  HTTP_PORT: true,
  TRUSTED_PROXIES: true,
})

type TransportVariables = z.infer<typeof transport>

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** BASE_URL, or where this machine reaches the API. */
export function baseUrlOf({ BASE_URL, HOST, PORT, TLS_CERT_FILE }: TransportVariables): string {
  if (BASE_URL !== undefined) return BASE_URL
  const isEveryAddress = HOST === '0.0.0.0' || HOST === '::'
  const host = isEveryAddress ? 'localhost' : isIPv6(HOST) ? `[${HOST}]` : HOST
  return `${TLS_CERT_FILE === undefined ? 'http' : 'https'}://${host}:${PORT}`
}

/** The files of HTTPS in process; null where a proxy speaks it, or nobody. */
export function tlsFilesOf(values: TransportVariables): TlsFiles | null {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TRUSTED_PROXIES: proxies } = values
  if (certFile === undefined || keyFile === undefined) return null
  const name = new URL(baseUrlOf(values)).hostname.replace(/^\[(.+)\]$/, '$1')
  return Object.freeze({ certFile, keyFile, hostname: proxies.length > 0 ? null : name })
}

/** What is wrong between the variables of the transport, and in its files; sentences, without the values. */
export function findTransportProblems(given: Variables, now: Date): readonly string[] {
  const { data } = transport.safeParse(given)
  // What is wrong with one of them by itself is said by its own check.
  return data ? [...findContradictions(data), ...findFileProblems(tlsFilesOf(data), now)] : []
}

function findContradictions(values: TransportVariables): readonly string[] {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, HTTP_PORT: httpPort } = values
  const { protocol, hostname } = new URL(baseUrlOf(values))
  const isPlain = protocol === 'http:'
  return sentencesOf([
    [
      (certFile === undefined) !== (keyFile === undefined),
      'TLS_CERT_FILE and TLS_KEY_FILE: give both or none.',
    ],
    [isPlain && certFile !== undefined, 'BASE_URL must be https where TLS_CERT_FILE is given.'],
    [
      isPlain && !loopbackNames.has(hostname),
      'BASE_URL must be https, or http on this machine alone (localhost, 127.0.0.1, [::1]).',
    ],
    [
      httpPort !== undefined && certFile === undefined,
      'HTTP_PORT is for plain HTTP beside HTTPS: give TLS_CERT_FILE and TLS_KEY_FILE.',
    ],
  ])
}

function findFileProblems(files: TlsFiles | null, now: Date): readonly string[] {
  try {
    if (files) readTlsFiles(files, now)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}
