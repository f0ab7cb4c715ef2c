import { PrismaClient } from './generated/client.ts'
import { offlineAdapter } from './offline-adapter.ts'

export interface FieldShape {
  readonly name: string
  /** A relation is an `object`. */
  readonly kind: 'scalar' | 'enum' | 'object'
  readonly type: string
  readonly column: string
}

export interface ModelShape {
  readonly table: string
  readonly fields: readonly FieldShape[]
}

interface RuntimeModel {
  readonly dbName: string | null
  readonly fields: readonly (Omit<FieldShape, 'column'> & { readonly dbName?: string })[]
}

/** What the Prisma schema says of every model: its table, and the columns of its fields. */
export const dataModel: Readonly<Record<string, ModelShape>> = readDataModel()

function readDataModel() {
  const client = new PrismaClient({ adapter: offlineAdapter })
  // Parse boundary: the client carries its schema, which its types leave out (docs/seams.md).
  const { models } = Reflect.get(client, '_runtimeDataModel') as {
    readonly models: Readonly<Record<string, RuntimeModel>>
  }
  return Object.fromEntries(
    Object.entries(models).map(([model, { dbName, fields }]) => [
      model,
      { table: dbName ?? model, fields: fields.map(toShape) },
    ]),
  )
}

function toShape({ name, kind, type, dbName }: RuntimeModel['fields'][number]): FieldShape {
  return { name, kind, type, column: dbName ?? name }
}
