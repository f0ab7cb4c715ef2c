import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readNames } from './names.ts'
import { type Plan, planRouter } from './plan-router.ts'

const root = join(import.meta.dirname, '../../../..')
const read = (file: string) => readFile(join(root, file), 'utf8').catch(() => null)
/** The workspace with some of its files otherwise; null for one that is not there. */
const workspaceWith = (changed: Readonly<Record<string, string | null>>) => async (file: string) =>
  file in changed ? (changed[file] ?? null) : read(file)
const after = (plan: Plan) => async (file: string) => plan.get(file) ?? read(file)

const ownership = 'packages/ownership/src/owned-models.ts'
const roles = 'packages/rbac/src/roles.ts'
const appRouter = 'apps/api/src/routers/app-router.ts'
const samples = 'apps/api/test/support/samples.ts'
const eventTypes = 'packages/webhooks/src/event-types.ts'

describe('a plan', () => {
  it('names each file once, in its whole new text, and takes no line away', async () => {
    const plan = await planRouter(readNames('invoices'), read)
    expect(plan.size).toBe(9)
    for (const [file, text] of plan) {
      const lines = new Set(text.split('\n'))
      const before = (await read(file))?.split('\n') ?? []
      expect(before.filter((line) => !lines.has(line))).toEqual([])
      expect(text).not.toBe(await read(file))
    }
  })

  it('puts each line where it belongs', async () => {
    const plan = await planRouter(readNames('invoices'), read)
    expect(plan.get(appRouter)).toMatch(/ {2}invitations,\n {2}invoices,\n {2}orders,/)
    expect(plan.get(roles)).toContain(
      "const viewer = [\n  'invoice:read:own',\n  'order:read:own',",
    )
    expect(plan.get(eventTypes)).toMatch(/'file.updated',\n {2}'invoice.created',/)
    const relations = "    relations: { membership: { model: 'Membership', list: false } },"
    expect(plan.get(ownership)).toContain(`${relations}\n  },\n  Password: {`)
  })

  it('keeps a comment with the line it is about', async () => {
    const plan = await planRouter(readNames('labels'), read)
    expect(plan.get(roles)).toContain("  // To leave.\n  'membership:delete:own',")
  })

  it('puts a second router beside the first', async () => {
    const first = await planRouter(readNames('invoices'), read)
    const second = await planRouter(readNames('line-items'), after(first))
    expect(second.get(appRouter)).toMatch(/ {2}invoices,\n {2}lineItems,\n {2}orders,/)
    expect(second.get(samples)).toMatch(/ {2}invoiceId: 1,\n {2}lineItemId: 1,\n/)
  })
})

describe('nothing is planned', () => {
  it.each([
    ['orders', 'apps/api/src/routers/orders.ts is there already'],
    ['memberships', 'a model or an enum Membership'],
    ['plans', 'a model or an enum Plan'],
    ['api-key-hashes', 'a model or an enum ApiKeyHash'],
  ])('for %s, which is taken', async (path, message) => {
    await expect(planRouter(readNames(path), read)).rejects.toThrow(message)
  })

  it('for what the first run has written', async () => {
    const names = readNames('invoices')
    const first = await planRouter(names, read)
    await expect(planRouter(names, after(first))).rejects.toThrow('is there already')
  })

  it.each([
    [ownership, null, `${ownership} is not there`],
    [ownership, 'export const ownedModels = {', '“  Membership: {” is not there'],
    [roles, 'const viewer = []', `${roles}: “const viewer = [” is not there`],
    [roles, 'const viewer = [\n  ...base,\n] as const', `${roles}: “/^ {2}'(\\w+):/” is not there`],
    [appRouter, 'export const appRouter = router({})', `${appRouter}: `],
    [samples, '', `${samples}: “export interface Subject {” is not there`],
  ])('where %s reads “%s”', async (file, text, message) => {
    const plan = planRouter(readNames('invoices'), workspaceWith({ [file]: text }))
    await expect(plan).rejects.toThrow(message)
  })
})
