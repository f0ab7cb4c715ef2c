import { isIP } from 'node:net'
import { type Fields, securityEventOf, timeOf } from '../parse-line.ts'
import { readError } from '../read-error.ts'
import { eventFieldsOf, isRequest } from './event-fields.ts'

/** Who writes the lines. */
export interface Origin {
  readonly service: string
  readonly environment: string
  readonly host: string
  readonly pid: number
}

/** A document of ECS by the dotted names of its fields, which Elasticsearch takes as they are. */
export type EcsDocument = Readonly<Record<string, EcsValue>>
export type EcsValue = string | number | readonly string[]

/** ECS's places for fields of ours that are texts; the rest are labels. */
const placesOfTexts: Readonly<Record<string, string>> = {
  level: 'log.level',
  msg: 'message',
  requestId: 'http.request.id',
  traceId: 'trace.id',
  method: 'http.request.method',
  // The template: a path with its values would be as many as there are ids.
  route: 'url.path',
  address: 'client.address',
  userId: 'user.id',
  organizationId: 'organization.id',
  reason: 'event.reason',
}

/** And for those that are whole numbers. */
const placesOfNumbers: Readonly<Record<string, string>> = {
  status: 'http.response.status_code',
  bytesIn: 'http.request.body.bytes',
  bytesOut: 'http.response.body.bytes',
}

/** What is told by other fields, where it is what it should be. */
const isTold: Readonly<Record<string, (fields: Fields) => boolean>> = {
  time: () => true,
  service: () => true,
  event: (fields) => securityEventOf(fields) !== null,
  durationMs: isRequest,
  err: ({ err }) => readError(err) !== null,
}

/** A line of the log as a document of the Elastic Common Schema 8. */
export function toEcs(fields: Fields, origin: Origin): EcsDocument {
  return {
    '@timestamp': new Date(timeOf(fields)).toISOString(),
    'ecs.version': '8.11.0',
    'service.name': origin.service,
    'service.environment': origin.environment,
    'host.name': origin.host,
    'process.pid': origin.pid,
    ...Object.fromEntries(
      Object.entries(fields)
        .filter(([name]) => !isTold[name]?.(fields))
        .flatMap(([name, value]) => placeOf(name, value)),
    ),
    ...clientOf(fields),
    ...errorOf(fields['err']),
    ...eventFieldsOf(fields, securityEventOf(fields)),
  }
}

function placeOf(name: string, value: unknown): readonly (readonly [string, EcsValue])[] {
  if (value === null || value === undefined) return []
  const text = placesOfTexts[name]
  if (text !== undefined && typeof value === 'string') return [[text, value]]
  const number = placesOfNumbers[name]
  if (number !== undefined && Number.isSafeInteger(value)) return [[number, Number(value)]]
  return [[`labels.${name.replace(/\W/g, '_')}`, toLabel(value)]]
}

/** Labels are keywords: one field never has two types, whatever is logged under its name. */
const toLabel = (value: unknown): EcsValue =>
  Array.isArray(value) ? value.map(toText) : toText(value)

const toText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

// client.ip is of the type ip, which takes no other text.
const clientOf = ({ address }: Fields): EcsDocument =>
  typeof address === 'string' && isIP(address) !== 0 ? { 'client.ip': address } : {}

function errorOf(value: unknown): EcsDocument {
  const { type, message, code, stack } = readError(value) ?? {}
  return {
    ...(type !== undefined && { 'error.type': type }),
    ...(message !== undefined && { 'error.message': message }),
    ...(code !== undefined && { 'error.code': code }),
    ...(stack !== undefined && { 'error.stack_trace': stack }),
  }
}
