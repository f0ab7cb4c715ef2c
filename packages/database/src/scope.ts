import { AsyncLocalStorage } from 'node:async_hooks'

/** Whose rows a query may see: handed to Postgres with the query itself (row-level security). */
export interface RowScope {
  readonly userId: string
  readonly organizationId: string | null
}

const storage = new AsyncLocalStorage<RowScope>()

/** Runs `task` so that every query it awaits inside carries `scope`; without one, Postgres shows no rows. */
export function withRowScope<T>(scope: RowScope, task: () => Promise<T>): Promise<T> {
  // Prisma's promises are lazy: awaited outside, they would run outside the scope.
  return storage.run(scope, async () => await task())
}

export const currentRowScope = (): RowScope | undefined => storage.getStore()
