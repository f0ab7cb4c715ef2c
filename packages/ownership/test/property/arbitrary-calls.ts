import fc, { type Arbitrary } from 'fast-check'
import { openModelNames } from '../../src/owned-models.ts'
import type { Reach, Scope } from '../../src/scope.ts'
import { tableGuardOf } from '../../src/table-guard.ts'
import {
  type Arguments,
  arbitraryKey,
  arbitraryPage,
  arbitrarySelection,
  arbitraryValue,
  arbitraryWhere,
  modelOf,
  scalarsOf,
  seldom,
} from './arbitrary-arguments.ts'
import type { Field } from './prisma-models.ts'
import { ids } from './tenants.ts'

export interface Call {
  readonly model: string
  readonly method: string
  readonly args: Arguments
}

const depth = 2
const pagedReads = ['findMany', 'findMany', 'findFirst', 'findFirstOrThrow']

/** A read of any model, with arguments of any shape. */
export const arbitraryRead: Arbitrary<Call> = fc
  .constantFrom(...openModelNames)
  .chain((model) => fc.oneof(pagedRead(model), uniqueRead(model), aggregate(model), groupBy(model)))

const where = (model: string) => seldom(arbitraryWhere(model, depth), 2)

const given = (parts: Arguments): Arguments =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))

const pagedRead = (model: string): Arbitrary<Call> =>
  fc
    .record({
      method: fc.constantFrom(...pagedReads),
      where: where(model),
      selection: arbitrarySelection(model, depth),
      page: arbitraryPage(model, depth),
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
      selection: arbitrarySelection(model, depth),
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
      page: arbitraryPage(model, depth),
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

/** A write of any model, to rows of either tenant, with data that may name other owners and other rows. */
export const arbitraryWrite: Arbitrary<Call> = fc
  // Twice those that can be created: of the others most writes are refused.
  .constantFrom(
    ...openModelNames,
    ...openModelNames.filter(isCreated),
    ...openModelNames.filter(isCreated),
  )
  .chain((model) => fc.oneof(create(model), changeOne(model), changeMany(model)))

function isCreated(model: string): boolean {
  return tableGuardOf(model).grants.insert !== undefined
}

const create = (model: string): Arbitrary<Call> =>
  fc
    .record({
      method: fc.constantFrom('create', 'create', 'createMany', 'createManyAndReturn'),
      rows: fc.array(arbitraryData(model, true), { minLength: 1, maxLength: 2 }),
    })
    .map(({ method, rows }) => ({
      model,
      method,
      args: { data: method === 'create' ? rows[0] : rows },
    }))

const changeOne = (model: string): Arbitrary<Call> =>
  fc
    .record({
      method: fc.constantFrom('update', 'update', 'delete', 'upsert'),
      key: arbitraryKey(model),
      where: where(model),
      selection: arbitrarySelection(model, 1),
      data: arbitraryData(model, false),
    })
    .map(({ method, key, where, selection, data }) => ({
      model,
      method,
      args: {
        where: { ...where, ...key },
        ...selection,
        ...(method === 'update' && { data }),
        ...(method === 'upsert' && { create: data, update: data }),
      },
    }))

const changeMany = (model: string): Arbitrary<Call> =>
  fc
    .record({
      method: fc.constantFrom('updateMany', 'updateManyAndReturn', 'deleteMany'),
      where: where(model),
      data: arbitraryData(model, false),
    })
    .map(({ method, where, data }) => ({
      model,
      method,
      args: given({ where, data: method === 'deleteMany' ? undefined : data }),
    }))

const hashes = { sha256: 'b'.repeat(64), mediaType: 'image/png', bytes: 3, currency: 'EUR' }

/** A row that can be written, where it has to be whole; now and then an owner, a key, a nested write. */
function arbitraryData(model: string, isWhole: boolean): Arbitrary<Arguments> {
  const entries = modelOf(model).fields.map((field) => {
    if (field.isRelation) return rarely(nestedWrite(field), 40, field)
    const isNeeded = isWhole && field.isRequired && !field.hasDefault
    const value = Object.hasOwn(hashes, field.name)
      ? fc.constant(Reflect.get(hashes, field.name))
      : arbitraryValue(field)
    const isOwner = field.name === 'organizationId' || field.name === 'userId'
    if (isOwner) return rarely(value, 6, field)
    if (!isNeeded) return rarely(value, 4, field)
    const isUnique = field.name === 'storageKey'
    return (isUnique ? fc.uuid() : value).map((one) => ({ [field.name]: one }))
  })
  return fc.tuple(...entries).map((parts) => Object.assign({}, ...parts))
}

const rarely = (value: Arbitrary<unknown>, times: number, { name }: Field): Arbitrary<Arguments> =>
  seldom(value, times).map((one) => (one === undefined ? {} : { [name]: one }))

function nestedWrite({ type, isList }: Field): Arbitrary<unknown> {
  const key = arbitraryKey(type)
  const condition = arbitraryWhere(type, 0)
  return fc.oneof(
    key.map((connect) => ({ connect })),
    fc
      .record({ where: key, create: fc.constant({}) })
      .map((connectOrCreate) => ({ connectOrCreate })),
    key.map((one) => (isList ? { delete: [one] } : { delete: true })),
    condition.map((deleteMany) => ({ deleteMany })),
    condition.map((one) => ({ updateMany: { where: one, data: { name: 'stolen' } } })),
  )
}

const people = {
  alice: { userId: ids.alice, organizationId: ids.acme },
  adam: { userId: ids.adam, organizationId: ids.acme },
  carol: { userId: ids.carol, organizationId: ids.acme },
} as const

const reaches: Readonly<Record<string, Scope['reach']>> = {
  own: () => 'own',
  any: () => 'any',
  'any to read, own to write': (_, operation): Reach => (operation === 'read' ? 'any' : 'own'),
  'own orders, any people': (resource): Reach => (resource === 'order' ? 'own' : 'any'),
  'no files': (resource): Reach => (resource === 'file' ? null : 'any'),
}

export interface Caller {
  readonly person: keyof typeof people
  readonly reach: string
  readonly isConfined: boolean
}

/**
 * Somebody of the first tenant. Carol is of both, and by right sees that she is; confined, as a key or a token
 * confines her, she is not to see even that.
 */
export const arbitraryCaller: Arbitrary<Caller> = fc
  .record({
    person: fc.constantFrom<Caller['person']>('alice', 'alice', 'adam', 'carol'),
    reach: fc.constantFrom(...Object.keys(reaches)),
    isConfined: fc.boolean(),
  })
  .map((caller) => (caller.person === 'carol' ? { ...caller, isConfined: true } : caller))

export const scopeOfCaller = ({ person, reach, isConfined }: Caller): Scope => ({
  ...people[person],
  reach: reaches[reach] ?? (() => null),
  isConfined,
})
