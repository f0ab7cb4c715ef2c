import type { RestRoute } from './trpc.ts'

const created = { GET: 200, POST: 201, PATCH: 200, DELETE: 204 } as const

/**
 * Where a procedure stands in the REST API: `rest('GET /orders/{orderId}', 'Read an order')`.
 * Create answers 201 and delete 204 unless a status is given.
 */
export function rest(
  route: `${RestRoute['method']} /${string}`,
  summary: string,
  options: { readonly status?: RestRoute['status']; readonly protect?: boolean } = {},
): { readonly openapi: RestRoute } {
  const [method, path] = route.split(' ') as [RestRoute['method'], `/${string}`]
  const { status = created[method], protect = true } = options
  return { openapi: { method, path, summary, status, protect } }
}
