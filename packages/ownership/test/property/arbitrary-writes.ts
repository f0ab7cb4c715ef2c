import fc, { type Arbitrary } from 'fast-check'
import { openModelNames } from '../../src/owned-models.ts'
import { tableGuardOf } from '../../src/table-guard.ts'
import { arbitrarySelection } from './arbitrary-selection.ts'
import {
  type Arguments,
  arbitraryKey,
  arbitraryValue,
  modelOf,
  seldom,
} from './arbitrary-values.ts'
import { arbitraryWhere } from './arbitrary-where.ts'
import type { Call } from './call.ts'
import type { Field } from './prisma-models.ts'

const where = (model: string) => seldom(arbitraryWhere(model, 2), 2)

const given = (parts: Arguments): Arguments =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))

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
