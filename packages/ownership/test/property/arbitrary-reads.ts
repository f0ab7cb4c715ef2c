import fc, { type Arbitrary } from 'fast-check'
import { openModelNames } from '../../src/owned-models.ts'
import { arbitraryPage, arbitrarySelection } from './arbitrary-selection.ts'
import { type Arguments, arbitraryKey, scalarsOf, seldom } from './arbitrary-values.ts'
import { arbitraryWhere } from './arbitrary-where.ts'
import type { Call } from './call.ts'
import type { Field } from './prisma-models.ts'

const depth = 3
const pagedReads = ['findMany', 'findMany', 'findFirst', 'findFirstOrThrow']

/** A read of any model, with arguments of any shape. */
export const arbitraryRead: Arbitrary<Call> = fc
  // People once more: they are whom both tenants have.
  .constantFrom(...openModelNames, 'User', 'Membership')
  .chain((model) => fc.oneof(pagedRead(model), uniqueRead(model), aggregate(model), groupBy(model)))

const where = (model: string) => seldom(arbitraryWhere(model, depth), 2)

const given = (parts: Arguments): Arguments =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))

const pagedRead = (model: string): Arbitrary<Call> =>
  fc
    .record({
      method: fc.constantFrom(...pagedReads),
      where: where(model),
      selection: arbitrarySelection(model, 2),
      page: arbitraryPage(model, 2),
    })
    .map(({ method, where, selection, page }) => ({
      model,
      method,
      args: given({ where, ...selection, ...page }),
    }))

const uniqueRead = (model: string): Arbitrary<Call> =>
  fc
    .record({
      method: fc.constantFrom('findUnique', 'findUniqueOrThrow'),
      key: arbitraryKey(model),
      where: where(model),
      selection: arbitrarySelection(model, 2),
    })
    .map(({ method, key, where, selection }) => ({
      model,
      method,
      args: { where: { ...where, ...key }, ...selection },
    }))

const numbersOf = (model: string) =>
  scalarsOf(model).filter(({ type }) => type === 'Int' || type === 'BigInt')
const comparableOf = (model: string) =>
  scalarsOf(model).filter(({ type, isList }) => type !== 'Boolean' && !isList)
const all = (fields: readonly Field[]) => Object.fromEntries(fields.map(({ name }) => [name, true]))

/** Everything that can be said of many rows at once. */
function summaryOf(model: string): Arguments {
  const numbers = all(numbersOf(model))
  // Postgres has no least UUID before its version 18, and no least array at all.
  const least = all(comparableOf(model).filter(({ isUuid }) => !isUuid))
  return {
    _count: { _all: true, ...all(scalarsOf(model)) },
    _min: least,
    _max: least,
    ...(numbersOf(model).length > 0 && { _sum: numbers, _avg: numbers }),
  }
}

const aggregate = (model: string): Arbitrary<Call> =>
  fc
    .record({
      method: fc.constantFrom('aggregate', 'aggregate', 'count'),
      where: where(model),
      page: arbitraryPage(model, 2),
    })
    .map(({ method, where, page: { distinct: _, ...page } }) => ({
      model,
      method,
      args: given({ where, ...page, ...(method === 'aggregate' && summaryOf(model)) }),
    }))

const groupBy = (model: string): Arbitrary<Call> =>
  fc
    .record({
      by: fc.constantFrom(...comparableOf(model).map(({ name }) => name)),
      where: where(model),
      least: seldom(fc.constantFrom(0, 1, 2), 2),
    })
    .map(({ by, where, least }) => ({
      model,
      method: 'groupBy',
      args: given({
        by: [by],
        where,
        orderBy: [{ [by]: 'asc' }],
        having: least === undefined ? undefined : { [by]: { _count: { gt: least } } },
        ...summaryOf(model),
      }),
    }))
