import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapterFactory, Transaction } from '@prisma/driver-adapter-utils'
import { isRecorded } from '@repo/telemetry'
import type pg from 'pg'
import { currentRowScope, type RowScope } from './scope.ts'
import { scopeStatement, scopeValues } from './scoped-query.ts'
import { createStatementNames } from './statement-names.ts'
import { inStatementSpan } from './statement-span.ts'

const text = { scalarType: 'string', arity: 'scalar' } as const

async function setScope(transaction: Transaction, scope: RowScope): Promise<void> {
  try {
    const query = { sql: scopeStatement.text, args: scopeValues(scope), argTypes: [text, text] }
    await transaction.executeRaw(query)
  } catch (error) {
    await transaction.executeRaw({ sql: 'ROLLBACK', args: [], argTypes: [] }).catch(() => {})
    await transaction.rollback()
    throw error
  }
}

/** The statements of a transaction go past the pool: each in a span of its own. */
function traceStatements(transaction: Transaction): Transaction {
  const queryRaw = transaction.queryRaw.bind(transaction)
  const executeRaw = transaction.executeRaw.bind(transaction)
  transaction.queryRaw = (query) =>
    inStatementSpan(
      () => ({ text: query.sql }),
      () => queryRaw(query),
    )
  transaction.executeRaw = (query) =>
    inStatementSpan(
      () => ({ text: query.sql }),
      () => executeRaw(query),
    )
  return transaction
}

/** Prisma's driver adapter over a scoped pool; an explicit transaction gets its scope behind BEGIN. */
export function createScopedAdapter(
  pool: pg.Pool,
  options: { readonly named: boolean },
): SqlDriverAdapterFactory {
  const statementNameGenerator = createStatementNames()
  const factory = new PrismaPg(pool, options.named ? { statementNameGenerator } : {})
  return {
    provider: 'postgres',
    adapterName: factory.adapterName,
    async connect() {
      const adapter = await factory.connect()
      const start = adapter.startTransaction.bind(adapter)
      adapter.startTransaction = async (isolationLevel) => {
        const scope = currentRowScope()
        const transaction = await start(isolationLevel)
        if (scope) await setScope(transaction, scope)
        return isRecorded() ? traceStatements(transaction) : transaction
      }
      return adapter
    },
  }
}
