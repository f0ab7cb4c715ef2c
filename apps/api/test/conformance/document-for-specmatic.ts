interface Scheme {
  readonly type: string
  readonly in?: string
  readonly name?: string
}

interface Parameter {
  readonly name: string
  readonly in: string
}

interface Operation {
  parameters?: readonly Parameter[]
  readonly requestBody?: unknown
  readonly responses: Readonly<Record<string, { content?: Readonly<Record<string, unknown>> }>>
}

export interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly securitySchemes: Readonly<Record<string, Scheme>> }
}

// What no request can make up: the tag of an object (flows/if-match.test.ts), the place of the next page, and an end
// that comes after the beginning.
const notMadeUp = ['If-Match', 'cursor', 'until']
// It tries every combination of what may be left out: 2 to the power of their number.
const maxQuery = 3

/**
 * The document as specmatic can follow it. It knows no credential in a cookie: a header stands for it, and
 * the gateway gives the cookie.
 */
export function documentForSpecmatic(document: Described): Described {
  const copy: Described = structuredClone(document)
  const operations = Object.values(copy.paths).flatMap((methods) => Object.values(methods))
  for (const operation of operations) {
    operation.parameters = fewer(operation.parameters ?? [])
    for (const sent of [operation.parameters, operation.requestBody]) rewrite(sent, narrowPattern)
    rewrite(operation.requestBody, dropAddress)
    for (const answer of Object.values(operation.responses)) keepFirstType(answer)
    rewrite(operation.responses, widenAnswer)
  }
  const schemes = Object.entries(copy.components.securitySchemes).map(([name, scheme]) => [
    name,
    scheme.in === 'cookie' ? { type: 'apiKey', in: 'header', name: `x-${name}` } : scheme,
  ])
  const securitySchemes = Object.fromEntries(schemes)
  return { ...copy, components: { ...copy.components, securitySchemes } }
}

function fewer(parameters: readonly Parameter[]): readonly Parameter[] {
  const known = parameters.filter(({ name }) => !notMadeUp.includes(name))
  const inQuery = known.filter((parameter) => parameter.in === 'query')
  return known.filter((parameter) => !inQuery.slice(0, -maxQuery).includes(parameter))
}

/** It asks for each media type that an answer may have; a file has one. */
function keepFirstType(answer: { content?: Readonly<Record<string, unknown>> }): void {
  if (answer.content)
    answer.content = Object.fromEntries(Object.entries(answer.content).slice(0, 1))
}

/** An address that it makes up is no public one, which a webhook may not go to (flows/webhooks.test.ts). */
function dropAddress(schema: object): void {
  const properties: unknown = Reflect.get(schema, 'properties')
  const required: unknown = Reflect.get(schema, 'required')
  if (Array.isArray(required) && required.includes('url')) return
  Reflect.deleteProperty(Object(properties), 'url')
}

const printable = '^[ -~]*$'
const printableLine = '^[!-~]([ -~]*[!-~])?$'

/**
 * Its patterns know no escapes such as `\u0000`: of what those admit it sends what is printable. A text of several
 * patterns it takes for an object; that has a format, which says what to send.
 */
function narrowPattern(schema: object): void {
  if ('format' in schema) Reflect.deleteProperty(schema, 'allOf')
  const pattern: unknown = Reflect.get(schema, 'pattern')
  if (typeof pattern !== 'string' || !pattern.includes('\\u')) return
  Reflect.set(schema, 'pattern', pattern.includes('\\s') ? printableLine : printable)
}

/** For the same reason; and a map that may be null it takes for an object without fields. */
function widenAnswer(schema: object): void {
  const pattern: unknown = Reflect.get(schema, 'pattern')
  if (typeof pattern === 'string' && pattern.includes('\\u'))
    Reflect.deleteProperty(schema, 'pattern')
  const options: unknown = Reflect.get(schema, 'anyOf')
  if (!Array.isArray(options)) return
  if (options.some((option) => 'propertyNames' in Object(option))) {
    Reflect.deleteProperty(schema, 'anyOf')
  }
}

function rewrite(value: unknown, change: (schema: object) => void): void {
  if (typeof value !== 'object' || value === null) return
  change(value)
  for (const below of Object.values(value)) rewrite(below, change)
}
