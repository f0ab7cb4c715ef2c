import { type SecurityEventName, securityEvents } from '@repo/logging'
import { expect, test } from 'vitest'
import {
  findMappingProblems,
  indexTemplate,
  typeOfField,
} from '../../test/find-mapping-problems.ts'
import { toEcs } from './to-ecs.ts'

const origin = { service: 'rampart-api', environment: 'test', host: 'node-1', pid: 7 }
const line = { level: 'info', time: '2026-11-27T10:00:00.123Z', service: 'rampart-api' }
const common = {
  '@timestamp': line.time,
  'ecs.version': '8.11.0',
  'service.name': 'rampart-api',
  'service.environment': 'test',
  'host.name': 'node-1',
  'process.pid': 7,
  'log.level': 'info',
  'event.kind': 'event',
  'event.module': 'rampart',
}
const request = {
  ...line,
  requestId: '0192f0c1',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  method: 'GET',
  route: '/api/orders/:orderId',
  procedures: ['orders.get'],
  status: 404,
  durationMs: 4.2,
  address: '2001:db8::1',
  userId: 'u1',
  keyId: 'k1',
  organizationId: 'o1',
  bytesIn: 0,
  bytesOut: 312,
  msg: 'request',
}

test('a request has its places in ECS', () => {
  expect(toEcs(request, origin)).toEqual({
    ...common,
    message: 'request',
    'event.dataset': 'rampart.request',
    'event.category': ['web'],
    'event.type': ['access'],
    'event.outcome': 'failure',
    'event.duration': 4_200_000,
    'http.request.id': '0192f0c1',
    'http.request.method': 'GET',
    'http.request.body.bytes': 0,
    'http.response.status_code': 404,
    'http.response.body.bytes': 312,
    'url.path': '/api/orders/:orderId',
    'trace.id': '4bf92f3577b34da6a3ce929d0e0e4736',
    'client.address': '2001:db8::1',
    'client.ip': '2001:db8::1',
    'user.id': 'u1',
    'organization.id': 'o1',
    'labels.procedures': ['orders.get'],
    'labels.keyId': 'k1',
  })
})

test('a security event has its name, its category and how it ended', () => {
  const event = 'authn_login_fail:u1'
  expect(toEcs({ ...line, event, reason: 'wrong_password', address: 'unknown' }, origin)).toEqual({
    ...common,
    'event.dataset': 'rampart.security',
    'event.action': 'authn_login_fail',
    'event.category': ['authentication'],
    'event.outcome': 'failure',
    'event.original': event,
    'event.reason': 'wrong_password',
    'client.address': 'unknown',
  })
})

test('an error has its frames, and what caused it', () => {
  const cause = { type: 'DatabaseError', message: 'gone', code: '57P01', stack: 'at b' }
  const err = { type: 'Error', message: 'broken', stack: 'at a', cause }
  expect(toEcs({ ...line, err }, origin)).toMatchObject({
    'event.dataset': 'rampart.log',
    'error.type': 'Error',
    'error.message': 'broken',
    'error.stack_trace': 'at a\nCaused by: DatabaseError: gone\nat b',
  })
})

test('what has no place is a label, whatever it is', () => {
  const fields = { ...line, event: 'unheard_of:x', err: 'text', durationMs: 3, deep: { a: 1 } }
  expect(toEcs(fields, origin)).toMatchObject({
    'event.dataset': 'rampart.log',
    'labels.event': 'unheard_of:x',
    'labels.err': 'text',
    'labels.durationMs': '3',
    'labels.deep': '{"a":1}',
  })
})

const names = Object.keys(securityEvents) as SecurityEventName[]

test.each(names)('%s is of a category of ECS', (name) => {
  const { 'event.category': category } = toEcs({ ...line, event: `${name}:u1,x` }, origin)
  const [allowed] = [
    ['authentication', 'database', 'file', 'iam', 'intrusion_detection', 'process', 'session'],
  ]
  expect(category).toEqual([expect.toBeOneOf(allowed)])
})

test.each<[what: string, fields: Readonly<Record<string, unknown>>]>([
  ['a request', request],
  [
    'what was no request',
    { ...request, method: null, route: null, durationMs: null, traceId: null },
  ],
  ['a request of an unknown address', { ...request, address: 'unknown' }],
  ['a security event', { ...line, event: 'authz_fail:-,x', action: 'x', impersonatorId: 'u2' }],
  ['an error with a code', { ...line, err: { type: 'E', message: 'm', code: 'X', stack: 'at a' } }],
  ['an error that is a text', { ...line, err: 'text' }],
  ['a text where a number belongs', { ...line, time: 'soon', status: 1.5, userId: 7 }],
  ['names that are no names of fields', { ...line, 'a.b c': 1, 'labels.x': true }],
  ['objects, lists and nothing', { ...line, deep: { a: [1] }, list: [1, { b: 2 }], none: null }],
  ['what is no line', { msg: 'text', time: line.time }],
])('%s is indexed as the template says, every field of it', (_, fields) => {
  expect(findMappingProblems(toEcs(fields, origin))).toEqual([])
})

test('the template is of our data streams, and takes nothing that it does not name', () => {
  expect(indexTemplate).toMatchObject({
    index_patterns: ['logs-rampart-*'],
    data_stream: {},
    template: { mappings: { dynamic: false } },
  })
  expect([typeOfField('labels.anything'), typeOfField('anything')]).toEqual(['keyword', undefined])
})
