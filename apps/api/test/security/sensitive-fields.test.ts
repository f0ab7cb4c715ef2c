import type { AnyTRPCRouter } from '@trpc/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fieldsOf, type SchemaField } from '../../src/procedures/schema-fields.ts'
import { sensitiveNames } from '../../src/procedures/sensitive-names.ts'
import { appRouter } from '../../src/routers/app-router.ts'
import { externalLoginSteps } from '../../src/routers/external-login.ts'
import { holdsGuardedWord } from '../support/guarded-words.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi

useWorld((made) => {
  api = made.api
})

interface Definition {
  readonly inputs: readonly unknown[]
  readonly output?: unknown
}

const routers: readonly AnyTRPCRouter[] = [appRouter, externalLoginSteps]
const procedures = routers.flatMap((router) =>
  Object.entries<{ readonly _def: Definition }>(router._def.procedures),
)
const fields = procedures.flatMap(([path, { _def }]) =>
  [..._def.inputs, _def.output]
    .flatMap((schema) => fieldsOf(schema))
    .map((field) => ({ procedure: path, ...field })),
)

const webAuthn = 'WebAuthn: public by design, or good once over a challenge of ours'
const chosen = 'chosen to be shown to others'
const ours = 'a word or a form of ours'
const position = 'says where one is in a list, or what is looked for in it'
const asked = 'who may ask for it sees it, and no line tells it'

/** Texts that may hold anything and are not marked, by their name: why they are no secret. */
const open: Readonly<Record<string, string>> = {
  '*': 'one’s own data, and what an administrator changed: only ever answered',
  ...{ action: ours, address: asked, attestationObject: webAuthn, authenticatorData: webAuthn },
  ...{ before: position, requestId: ours, subject: asked, summary: ours },
  ...{ challenge: webAuthn, clientDataJSON: webAuthn, clientName: chosen, code: ours },
  ...{
    currency: ours,
    cursor: position,
    description: chosen,
    displayName: webAuthn,
    errorKind: ours,
  },
  ...{ events: ours, id: ours, mediaType: ours },
  head: 'a hash over the audit log, to be kept where the log is not',
  ...{ links: ours, network: asked, organization: chosen, standing: ours, title: ours },
  ...{ week: ours, words: ours },
  ...{ name: chosen, nextCursor: position, note: chosen, permissions: ours, plan: ours },
  ...{ prefix: 'the part of a key that is shown, to tell keys apart', provider: ours },
  ...{ providerId: ours, publicKey: webAuthn, rawId: webAuthn, reason: chosen },
  ...{ redirectUris: chosen, returnTo: 'a path of ours', role: ours, rpId: webAuthn, rule: ours },
  ...{ scopes: ours, search: position, sha256: 'of what whoever asks may download' },
  ...{ signature: webAuthn, since: position, target: ours, transports: webAuthn, type: webAuthn },
  ...{ until: position, userAgent: asked, userHandle: webAuthn },
  url: 'where the provider is, with a state that is worth nothing without its cookie',
}

/** Names that sound like a secret and are none. */
const harmless: Readonly<Record<string, string>> = {
  'admin.auditEvents.list/items/code': 'the code of a refusal',
  'admin.overview.get/dueKeys': 'how many are due',
  'auth.mfa.get/recoveryCodes': 'how many are left',
  'auth.passkeys.register/response/response/publicKey': webAuthn,
  'auth.passkeys.register/response/response/publicKeyAlgorithm': webAuthn,
  'auth.passkeys.startLogin/challenge': webAuthn,
  'auth.passkeys.startRegistration/challenge': webAuthn,
  'files.create/sha256': 'of what whoever asks may download',
  'files.get/sha256': 'of what whoever asks may download',
  'files.list/items/sha256': 'of what whoever asks may download',
  'organizations.auditEvents.list/items/code': 'the code of a refusal',
  'webhooks.rotateSecret/previousSecretUntil': 'a time',
}

const closedFormats: ReadonlySet<string> = new Set(['uuid', 'datetime'])

/** A text that is no id, no time and none of a list of words. */
const isOpenText = ({ schema }: SchemaField) =>
  schema instanceof z.ZodType &&
  schema.def.type === 'string' &&
  !closedFormats.has(String(Reflect.get(schema, 'format')))

const cannotHoldOne: ReadonlySet<string> = new Set(['boolean', 'enum', 'literal', 'void'])
const canHoldASecret = ({ schema }: SchemaField) =>
  !cannotHoldOne.has(schema.def.type) && !closedFormats.has(String(Reflect.get(schema, 'format')))

describe('each field of each procedure', () => {
  it('is marked as sensitive, cannot hold a secret, or is listed with the reason why it is none', () => {
    const unmarked = fields.filter((field) => isOpenText(field) && !field.isSensitive)
    expect([...new Set(unmarked.map(({ name }) => name))].toSorted()).toEqual(
      Object.keys(open).toSorted(),
    )
  })

  it('that sounds like a secret is marked, but for those that are named here', () => {
    const unmarked = fields.filter(
      (field) => canHoldASecret(field) && holdsGuardedWord(field.path) && !field.isSensitive,
    )
    const places = unmarked.map(({ procedure, path }) => procedure + path)
    expect([...new Set(places)].toSorted()).toEqual(Object.keys(harmless).toSorted())
  })

  it('is found: passwords, codes, keys, links, addresses and contents are marked', () => {
    const names = routers.flatMap((router) => [...sensitiveNames(router)])
    expect([...new Set(names)].toSorted()).toEqual([
      ...['code', 'content', 'currentPassword', 'email', 'key', 'newPassword', 'password'],
      ...['query', 'recoveryCodes', 'secret', 'token', 'uri'],
    ])
  })
})

it('no line of the log holds a field of such a name, at any depth', () => {
  const canary = crypto.randomUUID()
  const names = routers.flatMap((router) => [...sensitiveNames(router)])
  for (const name of names) {
    api.services.logger.info({ [name]: canary, inner: [{ [name]: [canary] }], kept: name }, 'probe')
  }
  const lines = api.log().filter(({ msg }) => msg === 'probe')
  expect(lines.map(({ kept }) => kept)).toEqual(names)
  expect(JSON.stringify(lines)).not.toContain(canary)
})

it('the document says of each secret that is sent that no answer holds it, and of passwords what they are', async () => {
  const { text } = await request(`${api.url}/openapi.json`)
  const secrets: unknown[] = []
  JSON.parse(text, function (this: object, name, value) {
    const isSecret = ['token', 'password', 'currentPassword', 'newPassword'].includes(name)
    if (isSecret && typeof value === 'object') secrets.push({ name, ...value })
    return value
  })
  expect(secrets.length).toBeGreaterThan(8)
  for (const secret of secrets) {
    const isPassword = /password/i.test(String(Reflect.get(Object(secret), 'name')))
    expect(secret).toMatchObject({ writeOnly: true, ...(isPassword && { format: 'password' }) })
  }
})
