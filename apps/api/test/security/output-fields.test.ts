import type { AnyTRPCRouter } from '@trpc/server'
import { describe, expect, it } from 'vitest'
import { looseParts } from '../../src/procedures/loose-parts.ts'
import { appRouter } from '../../src/routers/app-router.ts'
import { type CallerKind, expectedStatus, servedKind } from '../support/access-matrix.ts'
import { createCallers } from '../support/create-caller.ts'
import type { World } from '../support/create-world.ts'
import { holdsGuardedWord } from '../support/guarded-words.ts'
import { fieldsOfAnswer, fieldsOfSchema } from '../support/output-fields.ts'
import { type Declared, listProcedures } from '../support/procedures.ts'
import { createSubject } from '../support/samples.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'
import { type Call, named, sampleOf, successOf, transports } from '../support/walk.ts'

let api: TestApi
let world: World
let createCaller: ReturnType<typeof createCallers>

useWorld((made) => {
  ;({ api, world } = made)
  createCaller = createCallers(world)
})

const procedures = listProcedures(appRouter)

const router: AnyTRPCRouter = appRouter
const definitions: Readonly<Record<string, { readonly _def: { readonly output?: unknown } }>> =
  router._def.procedures
const outputOf = ({ path }: Declared) => definitions[path]?._def.output

/** What leaves all the same, and why; everything here has to exist. */
const allowed: Readonly<Record<string, string>> = {
  'admin.auditEvents.list/items/code': 'the code of a refusal',
  'admin.oauthClients.create/secret': 'shown once, where it is made',
  'admin.oauthClients.rotateSecret/secret': 'shown once, where it is made',
  'admin.overview.get/dueKeys': 'how many are due',
  'apiKeys.create/key': 'shown once, where it is made',
  'apiKeys.rotate/key': 'shown once, where it is made',
  'organizations.auditEvents.list/items/code': 'the code of a refusal',
  'auth.mfa.get/recoveryCodes': 'how many are left',
  'auth.mfa.recovery.replace/recoveryCodes': 'shown once, where they are made',
  'auth.mfa.totp.confirm/recoveryCodes': 'shown once, where they are made',
  'auth.mfa.totp.enroll/secret': 'for the authenticator app; worth nothing until it is confirmed',
  'auth.passkeys.startLogin/allowCredentials': 'WebAuthn; always empty',
  'auth.passkeys.startLogin/challenge': 'WebAuthn; good once, and public by design',
  'auth.passkeys.startRegistration/authenticatorSelection/requireResidentKey': 'WebAuthn: a wish',
  'auth.passkeys.startRegistration/authenticatorSelection/residentKey': 'WebAuthn: a wish',
  'auth.passkeys.startRegistration/challenge': 'WebAuthn; good once, and public by design',
  'auth.passkeys.startRegistration/excludeCredentials': "WebAuthn: one's own, by their public ids",
  'auth.passkeys.startRegistration/pubKeyCredParams': 'WebAuthn: names of algorithms',
  'files.create/sha256': 'of what whoever asks may download',
  'files.get/sha256': 'of what whoever asks may download',
  'files.list/items/sha256': 'of what whoever asks may download',
  'webhooks.create/secret': 'shown once, where it is made',
  'webhooks.rotateSecret/previousSecretUntil': 'a time',
  'webhooks.rotateSecret/secret': 'shown once, where it is made',
}

/** The export names its kinds and columns as the models do, and so not in its schema. */
const allowedInExport: ReadonlySet<string> = new Set([
  // Keys without their hashes, how many recovery codes are left, and the sum of one's own file.
  ...['/ApiKey', '/SecondFactors/recoveryCodes', '/File/sha256'],
])

const isAllowed = ({ path }: Declared, field: string) =>
  Object.hasOwn(allowed, path + field) || (path === 'account.export' && allowedInExport.has(field))

describe('a name', () => {
  it.each([
    ['passwordHash', true],
    ['secret_hash', true],
    ['storageKey', true],
    ['APIToken', true],
    ['clientSecret', true],
    ['tokens', true],
    ['keyboard', false],
    ['currency', false],
    ['encoded', false],
    ['tokenize', false],
  ])('%s is guarded: %s', (name, isGuarded) => {
    expect(holdsGuardedWord(`/items/${name}`)).toBe(isGuarded)
  })
})

it('no output has a guarded field but those that are allowed by name and reason', () => {
  const found = procedures.flatMap((procedure) =>
    fieldsOfSchema(outputOf(procedure))
      .filter(holdsGuardedWord)
      .map((field) => `${procedure.path}${field}`),
  )
  expect(found.toSorted()).toEqual(Object.keys(allowed).toSorted())
})

it.each(named(procedures))(
  '%s lets out nothing that its output does not name',
  (_path, procedure) => {
    expect(looseParts(outputOf(procedure), { objectsMayStrip: true })).toEqual([])
  },
)

/** The fields of what somebody of this kind is answered about themselves, by name. */
async function answeredFields(procedure: Declared, call: Call, kind: CallerKind) {
  const subject = await createSubject(world, await world.createPerson())
  const { person, asked } = await createCaller(kind, subject.person)
  const input = await sampleOf(procedure, { world, subject, caller: person })
  const answer = await call(api.url, procedure, input, asked)
  expect(answer.status, answer.text).toBe(successOf(procedure, call))
  return [...new Set(fieldsOfAnswer(dataOf(answer.body)))].toSorted()
}

/** What a procedure returned: tRPC has it inside an envelope. */
function dataOf(body: Readonly<Record<string, unknown>> | undefined): unknown {
  const result: unknown = body?.['result']
  return typeof result === 'object' && result !== null ? Reflect.get(result, 'data') : body
}

const isAnsweredInJson = ({ rest }: Declared, name: string) =>
  name === 'tRPC' || (rest?.transfer !== 'download' && rest?.transfer !== 'lines')

const matches = (field: string, declared: readonly string[]) =>
  declared.some((one) => new RegExp(`^${one.replaceAll('*', '[^/]+')}$`).test(field))

describe.each(named(procedures))('%s', (_path, procedure) => {
  it('answers with fields that it declares, and with some where it declares any', async () => {
    const declared = fieldsOfSchema(outputOf(procedure))
    for (const [name, call] of transports) {
      if (!isAnsweredInJson(procedure, name)) continue
      const fields = await answeredFields(procedure, call, servedKind(procedure))
      expect(fields.filter((field) => !matches(field, declared))).toEqual([])
      expect(fields.length > 0).toBe(declared.length > 0)
      const guardedFields = fields.filter(holdsGuardedWord)
      expect(guardedFields.filter((field) => !isAllowed(procedure, field))).toEqual([])
    }
  })

  // One output for a procedure: who may not see a field of it may not call it.
  it('shows every role that may call it the same fields', async () => {
    const kinds = (['oneself', 'oneself, made viewer', 'admin', 'owner'] as const).filter(
      (kind) => expectedStatus(procedure, kind) < 300,
    )
    const [, call] = transports[1]
    // What an export holds of each kind depends on what there is.
    const named = ([, , ...inner]: readonly string[]) =>
      procedure.path !== 'account.export' || !inner.length
    const [first, ...others] = await Promise.all(
      kinds.map(async (kind) =>
        (await answeredFields(procedure, call, kind)).filter((field) => named(field.split('/'))),
      ),
    )
    for (const fields of others) expect(fields).toEqual(first)
  })
})
