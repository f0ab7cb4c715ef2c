import fc, { type Arbitrary } from 'fast-check'
import { openModelNames } from '../../src/owned-models.ts'
import { ids } from './fill-tenants.ts'
import { type Field, type Model, prismaEnums, prismaModels } from './prisma-models.ts'

export type Arguments = Readonly<Record<string, unknown>>

const dates = ['2026-01-02T03:04:05Z', '2026-02-03T00:00:00Z', '2020-01-01T00:00:00Z']
const texts = ['alice', 'adam', 'bob', 'carol', 'acme', 'globex', 'zoe', 'a', '@', '%', 'EUR', '']
const idOf = (kind: number, tail: string) =>
  `0000000${kind}-0000-7000-8000-${tail.padStart(12, '0')}`
// Rows of the first person of each tenant, by the numbers that tenants.ts gives them.
const rowIds = [3, 5, 6].flatMap((kind) =>
  ['01', '11', '21', '41', '42', '43', '51'].map((tail) => idOf(kind, tail)),
)

/** A value that some row of either tenant has, or none. */
export function arbitraryValue({ type, isUuid, isList }: Field): Arbitrary<unknown> {
  const one = arbitraryScalar(type, isUuid)
  return isList ? fc.array(one, { maxLength: 2 }) : one
}

export function arbitraryScalar(type: string, isUuid: boolean): Arbitrary<unknown> {
  if (isUuid) return fc.constantFrom(...Object.values(ids), ...rowIds)
  const values = prismaEnums[type]
  if (values) return fc.constantFrom(...values)
  if (type === 'Int')
    return fc.constantFrom(0, 1, 2, 3, 5, 13, 14, 15, 16, 17, 18, 100, 200, 300, 700)
  if (type === 'BigInt') return fc.constantFrom(0n, 1n, 2n)
  if (type === 'Boolean') return fc.boolean()
  if (type === 'DateTime') return fc.constantFrom(...dates).map((date) => new Date(date))
  return fc.constantFrom(...texts)
}

/** Undefined, but for one time in so many. */
export const seldom = <T>(value: Arbitrary<T>, times: number): Arbitrary<T | undefined> =>
  fc.oneof(
    { weight: times - 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: value },
  )

export function modelOf(name: string): Model {
  const model = prismaModels[name]
  if (!model) throw new Error(`The schema has no model ${name}.`)
  return model
}

export const scalarsOf = (model: string) =>
  modelOf(model).fields.filter((field) => !field.isRelation)
/** Nine times in ten one that leads to an open model: the others are refused. */
export const relationOf = (model: string, choose: (field: Field) => Arbitrary<unknown>) => {
  const relations = modelOf(model).fields.filter((field) => field.isRelation)
  const isOpen = ({ type }: Field) => openModelNames.some((name) => name === type)
  return fc.oneof(
    { weight: 14, arbitrary: entryOf(relations.filter(isOpen), choose) },
    { weight: 1, arbitrary: entryOf(relations, choose) },
  )
}

export const merge = (parts: readonly Arguments[]): Arguments => Object.assign({}, ...parts)

/** `{ [field]: … }` for one of these fields. */
export function entryOf(
  fields: readonly Field[],
  choose: (field: Field) => Arbitrary<unknown>,
): Arbitrary<Arguments> {
  if (fields.length === 0) return fc.constant({})
  return fc
    .constantFrom(...fields)
    .chain((field) => choose(field).map((value) => ({ [field.name]: value })))
}

/** A primary key, a compound one included, of a row of either tenant. */
export function arbitraryKey(model: string): Arbitrary<Arguments> {
  const { key, fields } = modelOf(model)
  const parts = key.map((name) => {
    const field = fields.find((one) => one.name === name)
    if (!field) throw new Error(`${model} has no field ${name}.`)
    return arbitraryValue(field).map((value) => ({ [name]: value }))
  })
  return fc
    .tuple(...parts)
    .map((values) => (key.length > 1 ? { [key.join('_')]: merge(values) } : merge(values)))
}
