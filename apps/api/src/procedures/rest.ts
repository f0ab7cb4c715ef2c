import type { RestRoute } from './trpc.ts'

const created = { GET: 200, POST: 201, PATCH: 200, DELETE: 204 } as const

/**
 * Where a procedure stands in the REST API: `rest('GET /orders/{orderId}', 'Read an order')`.
 * Create answers 201 and delete 204 unless a status is given; `needsBody` says that some field of the body is
 * needed, though each may be left out.
 */
export function rest(
  route: `${RestRoute['method']} /${string}`,
  summary: string,
  options: {
    readonly status?: RestRoute['status']
    readonly protect?: boolean
    readonly needsBody?: boolean
  } = {},
): { readonly openapi: RestRoute } {
  const [method, path] = route.split(' ') as [RestRoute['method'], `/${string}`]
  const { status = created[method], protect = true, needsBody = false } = options
  return { openapi: { method, path, summary, status, protect, needsBody } }
}
