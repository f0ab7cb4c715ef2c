import { copyWorkspace, type Outcome, type WorkspaceCopy } from '@repo/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// docs/adding-a-router.md done in a copy of the workspace, with the document's own code; then each
// step of it forgotten in turn.
const files = {
  schema: 'packages/database/prisma/schema.prisma',
  owned: 'packages/ownership/src/owned-models.ts',
  permissions: 'packages/rbac/src/permissions.ts',
  roles: 'packages/rbac/src/roles.ts',
  router: 'apps/api/src/routers/invoices.ts',
  appRouter: 'apps/api/src/routers/app-router.ts',
  samples: 'apps/api/test/support/samples.ts',
} as const

let copy: WorkspaceCopy
let migration: string
let migratedSchema: string
let schemaBefore: string

beforeAll(async () => {
  copy = await copyWorkspace()
  await addResource(await copy.read('docs/adding-a-router.md'))
})

afterAll(() => copy?.remove())

/** A block of code below the heading of a step, the first unless it is said otherwise. */
function codeOf(document: string, step: number, index = 0): string {
  const section = new RegExp(`\n## ${step} (.*?)(?=\n## |$)`, 's').exec(document)?.[1] ?? ''
  const code = [...section.matchAll(/\n```\w+\n(.*?)\n```/gs)][index]?.[1]
  if (!code) throw new Error(`docs/adding-a-router.md has no code in step ${step}.`)
  return code
}

const indent = (code: string) => code.replaceAll(/^/gm, '  ')

async function addResource(document: string): Promise<void> {
  schemaBefore = await copy.read(files.schema)
  const model = codeOf(document, 1)
  const other = '  orders         Order[]'
  await copy.replace(files.schema, other, `${other}\n  invoices Invoice[]`)
  await copy.write(files.schema, `${await copy.read(files.schema)}\n${model}\n`)
  expect(await generateClient()).toMatchObject({ exitCode: 0 })

  const closed = '  Password: { closed:'
  await copy.replace(files.owned, closed, `${indent(codeOf(document, 2))}\n${closed}`)
  const relation = "orders: { model: 'Order', list: true },"
  await copy.replace(
    files.owned,
    relation,
    `${relation}\n      invoices: { model: 'Invoice', list: true },`,
  )

  const diff = await writeMigration()
  const written = /packages\/database\/prisma\/migrations\/\w+invoices/.exec(diff.output)?.[0]
  expect(written, diff.output).toBeDefined()
  migration = `${written}/migration.sql`
  migratedSchema = `${written}/schema.prisma`

  await copy.replace(files.permissions, '  order:', "  invoice: ['create', 'read'],\n  order:")
  const readsOrders = "const viewer = [\n  'order:read:own',"
  await copy.replace(files.roles, readsOrders, `${readsOrders}\n  'invoice:read:own',`)
  await copy.replace(
    files.roles,
    "  'order:delete:own',",
    "  'order:delete:own',\n  'invoice:create:own',",
  )
  await copy.replace(
    files.roles,
    "  'order:create:any',",
    "  'invoice:create:any',\n  'invoice:read:any',\n  'order:create:any',",
  )

  await copy.write(files.router, `${codeOf(document, 5)}\n`)
  await copy.replace(files.appRouter, 'import { orders }', importInvoices)
  await copy.replace(files.appRouter, '  orders,\n', '  invoices,\n  orders,\n')

  const end = "  'users.update':"
  await copy.replace(files.samples, end, `${indent(codeOf(document, 7))}\n${end}`)
  await copy.replace(files.samples, 'readonly orderId: number', subjectFields)
  await copy.replace(files.samples, '  orderId: 1,', '  orderId: 1,\n  invoiceId: 1,')
  const order = '    orderId: await world.createOrder(person),'
  const row = codeOf(document, 7, 1)
  await copy.replace(files.samples, order, `${order}\n${indent(indent(row))}`)
}

const importInvoices = "import { invoices } from './invoices.ts'\nimport { orders }"
const subjectFields = 'readonly orderId: number\n  readonly invoiceId: number'

const generateClient = () => copy.run('packages/database', 'packages/database/generate-client.ts')
const writeMigration = () =>
  copy.run('.', 'tooling/development/src/database.ts', 'diff', 'invoices')
const checkTypes = (folder: string) =>
  copy.run(folder, 'node_modules/typescript/bin/tsc', '--noEmit')
const checkDocuments = () => copy.run('.', 'apps/api/generate-docs.ts', '--check')

/** Runs the walking suites, as far as they are about the new router. */
function walk(...suites: string[]): Promise<Outcome> {
  const paths = suites.map((suite) => `apps/api/test/security/${suite}.test.ts`)
  return copy.run('.', 'node_modules/vitest/vitest.mjs', 'run', ...paths, '-t', 'invoices|sample')
}

describe('a router added by docs/adding-a-router.md', { timeout: 300_000 }, () => {
  it('compiles, and passes every walking suite', async () => {
    for (const folder of ['packages/ownership', 'apps/api']) {
      const types = await checkTypes(folder)
      expect(types.exitCode, types.output).toBe(0)
    }
    const suites = ['access-matrix', 'cross-tenant', 'unknown-fields', 'mass-assignment']
    const walked = await walk(...suites)
    expect(walked.exitCode, walked.output).toBe(0)
    // By REST and tRPC, as every kind of caller.
    expect(Number(/(\d+) passed, 0 failed/.exec(walked.output)?.[1])).toBeGreaterThan(40)
  })
})

async function forgetOwner(): Promise<void> {
  const text = await copy.read(files.owned)
  const entry = / {2}Invoice: \{.*?\n {2}\},\n/s.exec(text)?.[0] ?? 'no entry'
  await copy.replace(files.owned, entry, '')
}

async function changeMigration(found: RegExp, put: string): Promise<void> {
  const text = await copy.read(migration)
  const changed = text.replace(found, put)
  expect(changed).not.toBe(text)
  await copy.write(migration, changed)
}

/** What is forgotten, and how it is noticed. */
const omissions: Readonly<
  Record<string, readonly [forget: () => Promise<void>, notice: () => Promise<Outcome>, RegExp]>
> = {
  'whose the model is': [
    forgetOwner,
    () => checkTypes('packages/ownership'),
    /owned-models\.ts.*Property 'Invoice' is missing/s,
  ],
  'whose the model is, before the migration': [
    async () => {
      await forgetOwner()
      await copy.write(migratedSchema, schemaBefore)
    },
    writeMigration,
    /Whose the rows of invoices are is not said in .*owned-models\.ts/,
  ],
  'the migration': [
    () => copy.write(migration, 'SELECT 1;'),
    () => walk('access-matrix'),
    /invoices: there is no such table/,
  ],
  'the permission': [
    () => copy.replace(files.permissions, "  invoice: ['create', 'read'],\n", ''),
    () => checkTypes('apps/api'),
    /invoices\.ts.*'"invoice:read"' is not assignable/s,
  ],
  'the door': [
    async () => {
      await copy.replace(files.router, "memberProcedure('invoice:read')", 't.procedure')
      await copy.replace(files.router, '{ router }', '{ router, t }')
    },
    checkDocuments,
    /invoices\.get declares no access/,
  ],
  'that the input is strict, and the output': [
    async () => {
      await copy.replace(files.router, 'z.strictObject({ invoiceId', 'z.object({ invoiceId')
      await copy.replace(files.router, '    .output(invoice)\n', '')
    },
    () => walk('unknown-fields'),
    /invoices\.get: no declared output\s+invoices\.get: loose input at \//,
  ],
  'a sample, and who holds the permissions': [
    async () => {
      const sample = "  'invoices.get': ({ invoiceId }) => ({ invoiceId }),\n"
      await copy.replace(files.samples, sample, '')
      const text = await copy.read(files.roles)
      await copy.write(files.roles, text.replaceAll(/ *'invoice:\w+:\w+',?\n?/g, ''))
    },
    () => walk('access-matrix'),
    /(?=.*invoices\.create > lets somebody in).*invoices\.get has no sample/s,
  ],
  // Neither can be forgotten any more, but somebody may take it away.
  'row-level security': [
    () => changeMigration(/ALTER TABLE "invoices" ENABLE ROW[^;]*;/, ''),
    () => walk('access-matrix'),
    /invoices: row-level security is not on and forced/,
  ],
  'the policy': [
    () =>
      changeMigration(
        /(CREATE POLICY tenant ON "invoices" TO rampart_app)[^;]*;/,
        '$1 USING (true);',
      ),
    () => walk('access-matrix'),
    /invoices: the policy tenant is PERMISSIVE FOR ALL TO rampart_app USING true/,
  ],
  'the access matrix': [async () => undefined, checkDocuments, /run pnpm docs:generate/],
}

describe('who forgets', { timeout: 300_000 }, () => {
  it.each(Object.entries(omissions))('%s is told', async (_name, [forget, notice, message]) => {
    const paths = [...Object.values(files), migration, migratedSchema]
    const kept = await Promise.all(
      paths.map(async (path) => [path, await copy.read(path)] as const),
    )
    try {
      await forget()
      const { exitCode, output } = await notice()
      expect(exitCode, output).toBeGreaterThan(0)
      expect(output).toMatch(message)
    } finally {
      for (const [path, text] of kept) await copy.write(path, text)
    }
  })
})
