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

beforeAll(async () => {
  copy = await copyWorkspace()
  await addResource(await copy.read('docs/adding-a-router.md'))
}, 60_000)

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
  const model = codeOf(document, 1)
  const other = '  orders         Order[]'
  await copy.replace(files.schema, other, `${other}\n  invoices Invoice[]`)
  await copy.write(files.schema, `${await copy.read(files.schema)}\n${model}\n`)
  expect(await generateClient()).toMatchObject({ exitCode: 0 })

  const diff = await copy.run('.', 'tooling/development/src/database.ts', 'diff', 'invoices')
  const written = /packages\/database\/prisma\/migrations\/\w+invoices/.exec(diff.output)?.[0]
  expect(written, diff.output).toBeDefined()
  migration = `${written}/migration.sql`
  await copy.write(migration, `${await copy.read(migration)}\n${codeOf(document, 2)}\n`)

  const closed = '  Password: { closed:'
  await copy.replace(files.owned, closed, `${indent(codeOf(document, 3))}\n${closed}`)
  const relation = "orders: { model: 'Order', list: true },"
  await copy.replace(
    files.owned,
    relation,
    `${relation}\n      invoices: { model: 'Invoice', list: true },`,
  )

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
const checkTypes = (folder: string) =>
  copy.run(folder, 'node_modules/typescript/bin/tsc', '--noEmit')
const checkDocuments = () => copy.run('.', 'apps/api/generate-docs.ts', '--check')

/** Runs the walking suites, as far as they are about the new router. */
function walk(...suites: string[]): Promise<Outcome> {
  const paths = suites.map((suite) => `apps/api/test/security/${suite}.test.ts`)
  return copy.run('.', 'node_modules/vitest/vitest.mjs', 'run', ...paths, '-t', 'invoices|sample')
}

describe('a router added by docs/adding-a-router.md', { timeout: 120_000 }, () => {
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

/** What is forgotten, and how it is noticed. */
const omissions: Readonly<
  Record<string, readonly [forget: () => Promise<void>, notice: () => Promise<Outcome>, RegExp]>
> = {
  'whose the model is': [
    async () => {
      const text = await copy.read(files.owned)
      const entry = / {2}Invoice: \{.*?\n {2}\},\n/s.exec(text)?.[0] ?? 'no entry'
      await copy.replace(files.owned, entry, '')
    },
    () => checkTypes('packages/ownership'),
    /owned-models\.ts.*Property 'Invoice' is missing/s,
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
  'row-level security': [
    async () => {
      const text = await copy.read(migration)
      await copy.write(migration, text.replace(/ALTER TABLE "invoices" ENABLE ROW[^;]*;/, ''))
    },
    () => walk('access-matrix'),
    /row-level security/,
  ],
  'the access matrix': [async () => undefined, checkDocuments, /run pnpm docs:generate/],
}

describe('who forgets', { timeout: 120_000 }, () => {
  it.each(Object.entries(omissions))('%s is told', async (_name, [forget, notice, message]) => {
    const paths = [...Object.values(files), migration]
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
