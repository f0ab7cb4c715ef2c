import type { SecurityEventName } from '@repo/logging'
import type { Fields } from '../parse-line.ts'
import type { EcsDocument } from './to-ecs.ts'

const nanosecondsOfMs = 1_000_000

/** ECS's categories of a security event, by the first word of its name. */
const categories: Readonly<Record<string, string>> = {
  authn: 'authentication',
  authz: 'iam',
  excess: 'intrusion_detection',
  input: 'intrusion_detection',
  malicious: 'intrusion_detection',
  privilege: 'iam',
  sensitive: 'database',
  session: 'session',
  sys: 'process',
  upload: 'file',
  user: 'iam',
}

const failure =
  /_(fail|max|lock|reuse|exceeded|travel|expire|crash|validation|cors|404|extraneous)(_|$)/

/** What ECS says of an event in general: its kind, what was done, how it ended. */
export function eventFieldsOf(fields: Fields, name: SecurityEventName | null): EcsDocument {
  return {
    'event.kind': 'event',
    'event.module': 'rampart',
    ...(name === null ? requestFieldsOf(fields) : securityFieldsOf(fields, name)),
  }
}

function securityFieldsOf({ event }: Fields, name: SecurityEventName): EcsDocument {
  return {
    'event.dataset': 'rampart.security',
    'event.action': name,
    'event.category': [categories[name.split('_', 1)[0] ?? ''] ?? 'intrusion_detection'],
    'event.outcome': failure.test(name) ? 'failure' : 'success',
    'event.original': String(event),
  }
}

/** The line of a request is the one with a status and a route, which may be null. */
export const isRequest = ({ status, route }: Fields): boolean =>
  typeof status === 'number' && route !== undefined

function requestFieldsOf(fields: Fields): EcsDocument {
  if (!isRequest(fields)) return { 'event.dataset': 'rampart.log' }
  const { status, durationMs } = fields
  return {
    'event.dataset': 'rampart.request',
    'event.category': ['web'],
    'event.type': ['access'],
    'event.outcome': Number(status) < 400 ? 'success' : 'failure',
    ...(typeof durationMs === 'number' && {
      'event.duration': Math.round(durationMs * nanosecondsOfMs),
    }),
  }
}
