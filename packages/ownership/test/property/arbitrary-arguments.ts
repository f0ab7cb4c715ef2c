import fc, { type Arbitrary } from 'fast-check'
import { openModelNames } from '../../src/owned-models.ts'
import { type Field, type Model, prismaEnums, prismaModels } from './prisma-models.ts'
import { ids } from './tenants.ts'

export type Arguments = Readonly<Record<string, unknown>>

const dates = ['2026-01-02T03:04:05Z', '2026-02-03T00:00:00Z', '2020-01-01T00:00:00Z']
const texts = ['alice', 'adam', 'bob', 'carol', 'acme', 'globex', 'zoe', 'a', '@', '%', 'EUR', '']
const idOf = (kind: number, tail: string) =>
  `0000000${kind}-0000-7000-8000-${tail.padStart(12, '0')}`
// Rows of the first person of each tenant, by the numbers that tenants.ts gives them.
const rowIds = [3, 5, 6].flatMap((kind) =>
  ['01', '11', '21', '41', '42', '51'].map((tail) => idOf(kind, tail)),
)

/** A value that some row of either tenant has, or none. */
export function arbitraryValue({ type, isUuid, isList }: Field): Arbitrary<unknown> {
  const one = scalarOf(type, isUuid)
  return isList ? fc.array(one, { maxLength: 2 }) : one
}

function scalarOf(type: string, isUuid: boolean): Arbitrary<unknown> {
  if (isUuid) return fc.constantFrom(...Object.values(ids), ...rowIds)
  const values = prismaEnums[type]
  if (values) return fc.constantFrom(...values)
  if (type === 'Int') return fc.constantFrom(0, 1, 2, 3, 5, 13, 14, 16, 100, 200, 300, 700)
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
const relationOf = (model: string, choose: (field: Field) => Arbitrary<unknown>) => {
  const relations = modelOf(model).fields.filter((field) => field.isRelation)
  const isOpen = ({ type }: Field) => openModelNames.some((name) => name === type)
  return fc.oneof(
    { weight: 14, arbitrary: entryOf(relations.filter(isOpen), choose) },
    { weight: 1, arbitrary: entryOf(relations, choose) },
  )
}

/** A condition of any shape, through relations as deep as it says. */
export function arbitraryWhere(model: string, depth: number): Arbitrary<Arguments> {
  const parts: Arbitrary<Arguments>[] = [
    entryOf(scalarsOf(model), (field) => scalarCondition(field)),
    fc.constant({}),
  ]
  if (depth > 0) {
    const inner = arbitraryWhere(model, depth - 1)
    parts.push(
      fc.array(inner, { maxLength: 2 }).map((AND) => ({ AND })),
      fc.array(inner, { minLength: 1, maxLength: 3 }).map((OR) => ({ OR })),
      inner.map((NOT) => ({ NOT })),
      relationCondition(model, depth),
      relationCondition(model, depth),
    )
  }
  return fc.array(fc.oneof(...parts), { minLength: 1, maxLength: 2 }).map(merge)
}

const merge = (parts: readonly Arguments[]): Arguments => Object.assign({}, ...parts)

/** `{ [field]: … }` for one of these fields. */
function entryOf(
  fields: readonly Field[],
  choose: (field: Field) => Arbitrary<unknown>,
): Arbitrary<Arguments> {
  if (fields.length === 0) return fc.constant({})
  return fc
    .constantFrom(...fields)
    .chain((field) => choose(field).map((value) => ({ [field.name]: value })))
}

function scalarCondition(field: Field): Arbitrary<unknown> {
  const value = arbitraryValue(field)
  if (field.isList) return scalarOf(field.type, field.isUuid).map((has) => ({ has }))
  const conditions: Arbitrary<unknown>[] = [
    value,
    value.map((not) => ({ not })),
    value.map((not) => ({ not })),
    fc.array(value, { maxLength: 4 }).map((values) => ({ in: values })),
    fc.array(value, { maxLength: 2 }).map((notIn) => ({ notIn })),
  ]
  if (!field.isRequired) conditions.push(fc.constant(null), fc.constant({ not: null }))
  if (!(field.type in prismaEnums) && field.type !== 'Boolean') {
    conditions.push(fc.tuple(fc.constantFrom('lt', 'gte'), value).map(([is, of]) => ({ [is]: of })))
  }
  if (field.type === 'String' && !field.isUuid) {
    const ways = fc.constantFrom('contains', 'startsWith', 'endsWith')
    conditions.push(
      fc.tuple(ways, value).map(([way, text]) => ({ [way]: text, mode: 'insensitive' })),
    )
  }
  return fc.oneof(...conditions)
}

function relationCondition(model: string, depth: number): Arbitrary<Arguments> {
  return relationOf(model, ({ type, isList, isRequired }) => {
    const inner = arbitraryWhere(type, depth - 1)
    const ways = isList ? ['some', 'none', 'every'] : ['is', 'isNot']
    const asked = fc
      .tuple(fc.constantFrom(...ways), inner)
      .map(([way, where]) => ({ [way]: where }))
    if (isList) return asked
    return isRequired
      ? fc.oneof(asked, inner)
      : fc.oneof(asked, inner, fc.constant(null), fc.constant({ isNot: null }))
  })
}

/** Select or include, through relations as deep as it says; now and then a count. */
export function arbitrarySelection(model: string, depth: number): Arbitrary<Arguments> {
  if (depth === 0) return fc.constant({})
  const relation = relationOf(model, ({ type, isList }) => arbitraryRelation(type, isList, depth))
  const scalar = entryOf(scalarsOf(model), () => fc.constant(true))
  const count = relationOf(model, () => fc.constant(true)).map((select) => ({
    _count: { select },
  }))
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    { weight: 4, arbitrary: relation.map((include) => ({ include })) },
    { weight: 2, arbitrary: fc.tuple(scalar, relation).map((parts) => ({ select: merge(parts) })) },
    { weight: 1, arbitrary: count.map((include) => ({ include })) },
  )
}

function arbitraryRelation(type: string, isList: boolean, depth: number): Arbitrary<unknown> {
  const inner = arbitrarySelection(type, depth - 1)
  if (!isList) return fc.oneof(fc.constant(true), inner)
  const paged = fc.tuple(inner, arbitraryWhere(type, depth - 1), arbitraryPage(type, 0))
  return fc.oneof(
    inner.map((given) => ({ ...given, orderBy: keyOrder(type) })),
    paged.map(([given, where, page]) => ({ ...given, where, ...page })),
  )
}

const keyOrder = (model: string): readonly Arguments[] =>
  modelOf(model).key.map((name) => ({ [name]: 'asc' }))

/** An order, by relations too, that ends with the key and so is total; with a page of it, or a cursor. */
export function arbitraryPage(model: string, depth: number): Arbitrary<Arguments> {
  const orders = fc.array(arbitraryOrder(model, depth), { maxLength: 2 })
  const some = seldom(fc.constantFrom(1, 2, 5, -2), 2)
  const distinct = seldom(fc.constantFrom(...scalarsOf(model).map(({ name }) => name)), 6)
  const cursor = seldom(arbitraryKey(model), 15)
  return fc.tuple(orders, some, distinct, cursor).map(([orderBy, take, field, from]) => ({
    orderBy: [...orderBy, ...keyOrder(model)],
    ...(take === undefined ? {} : { take }),
    ...(field === undefined ? {} : { distinct: [field] }),
    ...(from === undefined ? {} : { cursor: from }),
  }))
}

function arbitraryOrder(model: string, depth: number): Arbitrary<Arguments> {
  const direction = fc.constantFrom('asc', 'desc')
  const scalar = entryOf(scalarsOf(model), () => direction)
  if (depth === 0) return scalar
  const relation = relationOf(model, ({ type, isList }) =>
    isList ? direction.map((_count) => ({ _count })) : arbitraryOrder(type, depth - 1),
  )
  return fc.oneof({ weight: 6, arbitrary: scalar }, { weight: 1, arbitrary: relation })
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
