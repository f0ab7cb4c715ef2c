import { describe, expect, it } from 'vitest'
import { request } from '../support/request.ts'
import { useWorld } from '../support/use-world.ts'
import { lintForOwasp, lintStrictly } from './lint-document.ts'

interface Operation {
  security: readonly unknown[]
  operationId?: string
  parameters: { schema: Record<string, unknown> }[]
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

let text: string

// As an installation serves it: the address of the API stands in the document.
useWorld(
  async ({ api }) => {
    const headers = { 'x-forwarded-proto': 'https' }
    text = (await request(`${api.url}/openapi.json`, { headers })).text
  },
  { environment: { BASE_URL: 'https://api.rampart.test', ALLOWED_HOSTS: '127.0.0.1' } },
)

/** The served document with something wrong with one operation. */
function planted(route: readonly [path: string, method: string], spoil: (at: Operation) => void) {
  const document: Document = JSON.parse(text)
  const operation = document.paths[route[0]]?.[route[1]]
  if (!operation) throw new Error(`${route.join(' ')} is not in the document.`)
  spoil(operation)
  return document
}

describe("Spectral's OWASP ruleset", () => {
  it('finds nothing in /openapi.json, neither error nor warning nor hint', async () => {
    expect(await lintForOwasp(JSON.parse(text))).toEqual([])
  })

  it('finds a text without a bound', async () => {
    const document = planted(['/admin/users', 'get'], ({ parameters: [first] }) => {
      delete first?.schema['maxLength']
    })
    const found = await lintForOwasp(document)
    expect(found).toEqual([expect.stringMatching(/^owasp:api4:2023-string-limit paths \/admin/)])
  })

  it.each([
    ['an order that anybody may make', '/users/{userId}/orders', 'post', 'api2:2023-write'],
    ['a file whose id is a number', '/files/{fileId}/details', 'get', 'api1:2023-no-numeric-ids'],
  ])('finds %s: rules are off for the routes named alone', async (_what, path, method, rule) => {
    const document = planted([path, method], (operation) => {
      if (rule.startsWith('api2')) operation.security = []
      else operation.parameters[0] = { ...Object(operation.parameters[0]), schema: numbered }
    })
    expect(await lintForOwasp(document)).toEqual([expect.stringContaining(`${rule}`)])
  })
})

const numbered = { type: 'integer', format: 'int32', minimum: 1, maximum: 9 }

describe("Redocly's strict rules", () => {
  it('find nothing in /openapi.json', async () => {
    expect(await lintStrictly(JSON.parse(text))).toEqual([])
  })

  it('find an operation without an id', async () => {
    const document = planted(['/orders/{orderId}', 'get'], (operation) => {
      delete operation.operationId
    })
    expect(await lintStrictly(document)).toEqual([expect.stringMatching(/^operation-operationId /)])
  })
})
