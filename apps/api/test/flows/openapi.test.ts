import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { appRouter } from '../../src/routers/app-router.ts'
import type { World } from '../support/create-world.ts'
import { type Declared, listProcedures } from '../support/procedures.ts'
import { type Answer, request } from '../support/request.ts'
import { anySubject, samples } from '../support/samples.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

interface Operation {
  readonly tags: readonly string[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
  }[]
  readonly requestBody?: unknown
  readonly security?: readonly object[]
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, unknown>> }>
  >
}

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

let api: TestApi
let world: World
let answer: Answer
let document: Document

useWorld(async (made) => {
  ;({ api, world } = made)
  answer = await request(`${api.url}/openapi.json`)
  // Parse boundary: the validator below says whether it has this shape.
  document = answer.body as unknown as Document
})

const declared = listProcedures(appRouter).flatMap((procedure) =>
  procedure.rest
    ? [[`${procedure.rest.rest.method} ${procedure.rest.rest.path}`, procedure] as const]
    : [],
)

const operationOf = ({ rest }: Declared) =>
  document.paths[rest?.rest.path ?? '']?.[rest?.rest.method.toLowerCase() ?? '']

/** Every object schema below a value. */
function objectsIn(value: unknown): Readonly<Record<string, unknown>>[] {
  if (typeof value !== 'object' || value === null) return []
  const below = Object.values(value).flatMap(objectsIn)
  return Reflect.get(value, 'type') === 'object' ? [{ ...value }, ...below] : below
}

describe('/openapi.json', () => {
  it('is served to anyone as JSON', () => {
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  })

  it('is valid OpenAPI 3.1', async () => {
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(await new Validator().validate(JSON.parse(answer.text))).toEqual({ valid: true })
    const broken = { ...JSON.parse(answer.text), info: {} }
    expect(await new Validator().validate(broken)).toMatchObject({ valid: false })
  })

  it('lists the REST routes that are served, and no other', () => {
    const listed = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(listed.toSorted()).toEqual(declared.map(([name]) => name).toSorted())
    expect(listed.length).toBeGreaterThan(10)
  })

  it.each(declared)(
    '%s: success, refusals, tag and parameters are what is served',
    (_name, procedure) => {
      const operation = operationOf(procedure)
      const statuses = Object.keys(operation?.responses ?? {})
      const success = String(procedure.rest?.rest.status)
      expect(statuses.filter((status) => status.startsWith('2'))).toEqual([success])
      expect(statuses).toEqual(expect.arrayContaining(['400', '401', '404', '429', '500', '503']))
      const hasBody = operation?.responses[success]?.content !== undefined
      expect(hasBody).toBe(!['202', '204'].includes(success))
      expect(operation?.tags).toEqual([procedure.path.split('.').slice(0, -1).join('.')])
      const isOpen = procedure.access.door === 'public'
      const bySession = 'fresh' in procedure.access || !('action' in procedure.access)
      const others = bySession ? ['session'] : ['session', 'key']
      const isForAdministrators = procedure.access.door === 'admin'
      const schemes = isOpen ? [] : isForAdministrators ? ['administrator'] : others
      expect(operation?.security?.flatMap((one) => Object.keys(one))).toEqual(schemes)
      const inPath = operation?.parameters?.filter((parameter) => parameter.in === 'path') ?? []
      const names = [...(procedure.rest?.rest.path.matchAll(/\{(\w+)\}/g) ?? [])].map(
        ([, name]) => name,
      )
      expect(inPath.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
    },
  )

  it.each(declared)('%s: takes no field that it does not name', (_name, procedure) => {
    const { requestBody, parameters } = operationOf(procedure) ?? {}
    for (const schema of objectsIn([requestBody, parameters])) {
      expect(schema['additionalProperties']).toBe(false)
    }
    const { method = '', path = '' } = procedure.rest?.rest ?? {}
    const sample = Object.keys(samples[procedure.path]?.(anySubject) ?? {})
    const inBody = sample.filter((name) => !path.includes(`{${name}}`))
    const takesBody = ['POST', 'PATCH'].includes(method) && inBody.length > 0
    expect(objectsIn(requestBody).length > 0).toBe(takesBody)
  })

  it('requires what is in the path, and nothing of a query', () => {
    const parameters = Object.values(document.paths)
      .flatMap((operations) => Object.values(operations))
      .flatMap((operation) => operation.parameters ?? [])
    for (const { in: place, required = false } of parameters)
      expect(required).toBe(place === 'path')
    expect(new Set(parameters.map((parameter) => parameter.in))).toEqual(
      new Set(['path', 'query', 'header']),
    )
  })

  it('requires a body where a field of it is required, and there alone', () => {
    const isRequired = ([path, method]: readonly [string, string]) =>
      Reflect.get(Object(document.paths[path]?.[method]?.requestBody), 'required')
    expect(isRequired(['/auth/login', 'post'])).toBe(true)
    expect(isRequired(['/files', 'post'])).toBe(true)
    expect(isRequired(['/orders/{orderId}', 'patch'])).toBe(false)
    const member = '/organizations/{organizationId}/members/{userId}'
    expect(isRequired([member, 'patch'])).toBe(true)
  })

  it('describes every refusal as a problem document', () => {
    const refusals = Object.values(document.paths)
      .flatMap((operations) => Object.values(operations))
      .flatMap(({ responses }) => Object.entries(responses))
      .filter(([status]) => Number(status) >= 400)
    expect(refusals.length).toBeGreaterThan(50)
    for (const [, { content }] of refusals) {
      expect(content).toEqual({
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      })
    }
  })
})

describe('the problem schema', () => {
  it('has the fields of a real refusal, all that it requires among them', async () => {
    const { cookie } = await world.createPerson()
    const { body } = await request(`${api.url}/api/orders/x`, { cookie })
    const schema = document.components.schemas['Problem']
    expect(schema).toMatchObject({ type: 'object' })
    const names = Object.keys(body ?? {}).toSorted()
    expect(Object.keys(Object(Reflect.get(schema ?? {}, 'properties'))).toSorted()).toEqual(names)
    for (const name of Reflect.get(schema ?? {}, 'required')) expect(names).toContain(name)
  })
})

it('no schema of the generator’s own errors is left', () => {
  expect(Object.keys(document.components.schemas)).toEqual(['Problem'])
})
