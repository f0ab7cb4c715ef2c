import type { LimitName } from '@repo/rate-limit'
import type { Action } from '@repo/rbac'
import { initTRPC } from '@trpc/server'
import type { Context } from '../context.ts'
import { toErrorShape } from './translate-errors.ts'

/** What every procedure declares; the doors write `access` and `limits`, the router writes `openapi`. */
export interface ProcedureMeta extends Record<string, unknown> {
  readonly access?: Access
  readonly limits?: LimitClass
  readonly openapi?: RestRoute
  /** The reason why a procedure has no REST route. */
  readonly noRest?: string
  /** Its input or its answer holds a secret or a cookie: nothing of it is kept for an Idempotency-Key. */
  readonly holdsSecret?: boolean
  /** Whoever is let in by it did it: the audit log has no other name for them. */
  readonly beginsSession?: boolean
  /** In REST its input or its answer is a file (edge/files.ts), or its answer JSON Lines (edge/audit-export.ts). */
  readonly transfer?: 'upload' | 'download' | 'lines'
}

export type Access =
  | { readonly door: 'public' }
  | { readonly door: 'half-session' }
  | { readonly door: 'impersonation' }
  | { readonly door: 'any-session' }
  | { readonly door: 'session'; readonly fresh?: boolean }
  | {
      readonly door: 'user' | 'member' | 'admin'
      readonly action: Action
      readonly fresh?: boolean
    }

/** The limits that stand for an endpoint of their own name (packages/rate-limit/src/limits.ts). */
export type OwnLimit = Extract<
  LimitName,
  'login' | 'registration' | 'passwordReset' | 'invitation' | 'upload' | 'export'
>

/**
 * `standard` is the caller's hourly quota and, by kind, the read or the write limit; `remedy` the latter alone, so
 * that whoever uses up the quota, with a stolen key too, does not keep its owner from ending that; `proof` is
 * `login` and a limit of the caller's. An own limit that counts by address stands alone, and one that counts by
 * caller in the place of read or write.
 */
export type LimitClass = 'standard' | 'remedy' | 'proof' | OwnLimit

export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: `/${string}`
  readonly summary: string
  readonly status: 200 | 201 | 202 | 204
  readonly protect: boolean
  /** Some field of the body is needed, though each may be left out. */
  readonly needsBody: boolean
}

export const t = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    // No stack leaves the process in any environment.
    isDev: false,
    errorFormatter: ({ shape, error, ctx }) =>
      toErrorShape(shape, error, ctx?.guards.requestId ?? 'unknown'),
  })

export const { router } = t
