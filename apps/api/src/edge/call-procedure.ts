import { type AnyTRPCRouter, callTRPCProcedure, type TRPCProcedureType } from '@trpc/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { createContext } from '../context.ts'
import type { Services } from '../services.ts'

export interface Call {
  readonly path: string
  readonly type: TRPCProcedureType
  readonly readInput: () => unknown
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly services: Services
  readonly router: AnyTRPCRouter
}

/** Calls a procedure through its door, for what is no tRPC request; throws as the procedure does. */
export function callProcedure(
  { path, type, readInput }: Call,
  { request, reply, services, router }: Exchange,
): Promise<unknown> {
  return callTRPCProcedure({
    router,
    path,
    type,
    ctx: createContext(request, reply, services),
    getRawInput: readOnce(readInput),
    signal: undefined,
    batchIndex: 0,
  })
}

/** The doors ask for the input several times; it is put together once. */
function readOnce<T>(read: () => T): () => Promise<T> {
  let reading: Promise<T> | undefined
  return () => {
    reading ??= Promise.resolve().then(read)
    return reading
  }
}
