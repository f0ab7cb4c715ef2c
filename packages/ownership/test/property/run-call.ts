import { type Database, withRowScope } from '@repo/database'
import { AppError } from '@repo/errors'
import { delegateNameOf } from '../../src/owned-models.ts'
import type { Scope } from '../../src/scope.ts'
import { scopeDatabase } from '../../src/scoped-database.ts'
import type { Call } from './call.ts'

/** What came of a call, as text that two runs can be compared by. */
export interface Outcome {
  readonly isServed: boolean
  readonly text: string
}

export type Run = (database: Database, call: Call, scope: Scope) => Promise<Outcome>

type Delegate = Readonly<Record<string, (args: object) => Promise<unknown>>>

/** Through the scoped client, as a handler calls it. */
export const runScoped: Run = (database, call, scope) =>
  settle(async () => {
    const method = delegateOf(scopeDatabase(database, scope), call)[call.method]
    return method?.(call.args)
  })

/** Through Prisma's own client, with nothing but the row scope. */
export const runUnscoped: Run = (database, call, scope) =>
  settle(() =>
    withRowScope(scope, async () => delegateOf(database.prisma, call)[call.method]?.(call.args)),
  )

function delegateOf(client: object, { model }: Call): Delegate {
  // Parse boundary: a model's methods, by name.
  return Reflect.get(client, delegateNameOf(model)) as Delegate
}

async function settle(task: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { isServed: true, text: toText(await task()) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    // A server that is gone or hangs is no answer.
    if (error instanceof AppError && error.code === 'unavailable') throw error
    return { isServed: false, text: error instanceof AppError ? error.code : error.name }
  }
}

const toText = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part)) ?? 'nothing'

/** Whether there is a row in it, or a number that is not 0. */
export const saysSomething = ({ isServed, text }: Outcome): boolean =>
  isServed && /[1-9a-z]/.test(text.replaceAll(/null|"\w+":/g, ''))
