import type { Action } from '@repo/rbac'
import type { AnyTRPCRouter } from '@trpc/server'
import { listRestRoutes, type RestProcedure } from '../../src/edge/rest-routes.ts'
import type { ProcedureMeta } from '../../src/procedures/trpc.ts'

export interface Declared {
  /** Its name in tRPC, such as `orders.list`. */
  readonly path: string
  readonly type: 'query' | 'mutation' | 'subscription'
  readonly access: NonNullable<ProcedureMeta['access']>
  readonly limits: NonNullable<ProcedureMeta['limits']>
  readonly rest: RestProcedure | null
}

/** What every procedure of a router declares; throws for one that declares nothing. */
export function listProcedures(router: AnyTRPCRouter): readonly Declared[] {
  const routes = listRestRoutes(router)
  const procedures = Object.entries<{ _def: { type: Declared['type']; meta?: ProcedureMeta } }>(
    router._def.procedures,
  )
  return procedures.map(([path, { _def }]) => {
    const { access, limits } = _def.meta ?? {}
    if (!access || !limits) throw new Error(`${path} declares no access.`)
    return {
      path,
      type: _def.type,
      access,
      limits,
      rest: routes.find((route) => route.path === path) ?? null,
    }
  })
}

export const actionOf = ({ access }: Declared): Action | null =>
  'action' in access ? access.action : null
