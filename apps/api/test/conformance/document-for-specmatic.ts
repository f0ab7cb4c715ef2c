interface Scheme {
  readonly type: string
  readonly in?: string
  readonly name?: string
}

interface Operation {
  parameters?: readonly { readonly name: string }[]
}

export interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly securitySchemes: Readonly<Record<string, Scheme>> }
}

/**
 * The document as specmatic can follow it. It knows no credential in a cookie: a header stands for it, and
 * the gateway gives the cookie. It cannot know the tag of what a request is about, and would send random
 * ones: conditional requests are those of flows/if-match.test.ts.
 */
export function documentForSpecmatic(document: Described): Described {
  const copy: Described = structuredClone(document)
  const operations = Object.values(copy.paths).flatMap((methods) => Object.values(methods))
  for (const operation of operations) {
    operation.parameters = operation.parameters?.filter(({ name }) => name !== 'If-Match') ?? []
  }
  narrowPatterns(copy)
  const schemes = Object.entries(copy.components.securitySchemes).map(([name, scheme]) => [
    name,
    scheme.in === 'cookie' ? { type: 'apiKey', in: 'header', name: `x-${name}` } : scheme,
  ])
  const securitySchemes = Object.fromEntries(schemes)
  return { ...copy, components: { ...copy.components, securitySchemes } }
}

const printable = '^[ -~]*$'
const printableLine = '^[!-~]([ -~]*[!-~])?$'

/** Its generator of texts knows no escapes such as `\u0000`: of what those admit it sends what is printable. */
function narrowPatterns(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const pattern: unknown = Reflect.get(value, 'pattern')
  if (typeof pattern === 'string' && pattern.includes('\\u')) {
    Reflect.set(value, 'pattern', pattern.includes('\\s') ? printableLine : printable)
  }
  for (const below of Object.values(value)) narrowPatterns(below)
}
