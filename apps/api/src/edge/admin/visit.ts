import type { SignedIn } from '@repo/auth'
import { AppError } from '@repo/errors'
import type { AnyTRPCRouter } from '@trpc/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { overview } from '../../platform-outputs.ts'
import { requireFreshSession } from '../../procedures/require-session.ts'
import type { Services } from '../../services.ts'
import { callProcedure } from '../call-procedure.ts'
import { refuseRepeatedQuery } from '../repeated-names.ts'

export type Fields = Readonly<Record<string, string>>

/** One request for a page of the administrators', and who may ask it. */
export interface Visit {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly services: Services
  readonly router: AnyTRPCRouter
}

/** What every page says at its head. */
export type Overview = z.output<typeof overview>

/** An administrator of the platform who was let in. */
export interface AdminVisit extends Visit {
  readonly admin: SignedIn
  readonly overview: Overview
  readonly now: Date
  /** What the form sent, or the query holds. */
  readonly fields: Fields
  readonly params: Fields
}

/** What a procedure with this schema of its output answers. */
export type Answer<Output extends z.ZodType> = z.output<Output>

/** The same of a list. */
export interface PageOf<Item extends z.ZodType> {
  readonly items: readonly z.output<Item>[]
  readonly nextCursor: string | null
}

/** Asks a procedure through its own door; throws as it does. Who asks says what its output schema answers. */
export async function ask<Answered>(visit: Visit, path: string, input = {}): Promise<Answered> {
  const answer = await callProcedure({ path, type: 'query', readInput: () => input }, visit)
  // Parse boundary: that schema has checked it.
  return answer as Answered
}

/** Changes something by a procedure, through its own door; throws as it does. */
export async function change(visit: Visit, path: string, input?: object): Promise<void> {
  await callProcedure({ path, type: 'mutation', readInput: () => input }, visit)
}

/**
 * The door of every page: that of `admin.overview.get`, with its limits and records, and a second factor wherever the
 * API runs (contract). Throws for anybody else.
 */
export async function enter(visit: Visit): Promise<AdminVisit> {
  const { request, services } = visit
  refuseRepeatedQuery(request.url)
  const overview = await ask<Overview>(visit, 'admin.overview.get')
  const admin = requireFreshSession(request.identity, services.clock())
  if (!admin.credential.secondFactor) throw new AppError('second_factor_required')
  const fields: Fields = Object(request.method === 'GET' ? request.query : request.body)
  const params: Fields = Object(request.params)
  return { ...visit, admin, overview, now: services.clock(), fields, params }
}

/** Fields that were filled in, of those that a page knows. */
export const pick = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = fields[name]
      return typeof value === 'string' && value !== '' ? [[name, value]] : []
    }),
  )
