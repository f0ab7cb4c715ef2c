import type { AnyTRPCRouter, TRPCProcedureType } from '@trpc/server'
import { z } from 'zod'
import type { Access, ProcedureMeta, RestRoute } from '../procedures/trpc.ts'

export interface RestProcedure {
  readonly path: string
  readonly type: TRPCProcedureType
  readonly rest: RestRoute
  /** The route in Fastify's notation, under /api. */
  readonly url: string
  readonly input: z.ZodObject | null
  /** The answer is never kept for an Idempotency-Key. */
  readonly holdsSecret: boolean
  /** Its input or its answer is a file, which edge/files.ts serves, or lines; null for JSON both ways. */
  readonly transfer: NonNullable<ProcedureMeta['transfer']> | null
  /** Its answers have a tag, and a change can be made on the condition of one; not what stands in no scope. */
  readonly hasTag: boolean
  /** Only an administrator of the platform opens its door. */
  readonly isForAdministrators: boolean
  /** Only a session opens its door; a key does not. */
  readonly needsSession: boolean
}

interface ProcedureDefinition {
  readonly type: TRPCProcedureType
  readonly meta?: ProcedureMeta
  readonly inputs: readonly unknown[]
}

/** Every procedure that declares a REST route, as one table. */
export function listRestRoutes(router: AnyTRPCRouter): readonly RestProcedure[] {
  const procedures = Object.entries<{ _def: ProcedureDefinition }>(router._def.procedures)
  return procedures.flatMap(([path, { _def: definition }]) => {
    const rest = definition.meta?.openapi
    if (!rest) return []
    const [input] = definition.inputs
    const url = `/api${rest.path.replaceAll(/\{(\w+)\}/g, ':$1')}`
    const { type, meta } = definition
    const holdsSecret = meta?.holdsSecret === true
    const fields = input instanceof z.ZodObject ? input : null
    const needsSession = opensBySession(meta?.access)
    const transfer = meta?.transfer ?? null
    const isForAdministrators = meta?.access?.door === 'admin'
    const kind = { holdsSecret, transfer, hasTag: !isForAdministrators, isForAdministrators }
    return [{ path, type, rest, url, input: fields, ...kind, needsSession }]
  })
}

const sessionDoors: ReadonlySet<string> = new Set([
  'half-session',
  'any-session',
  'impersonation',
  'session',
])

const opensBySession = (access: Access | undefined): boolean =>
  access !== undefined && (sessionDoors.has(access.door) || ('fresh' in access && !!access.fresh))
