import fc, { type Arbitrary } from 'fast-check'
import {
  type Arguments,
  arbitraryKey,
  entryOf,
  merge,
  modelOf,
  relationOf,
  scalarsOf,
  seldom,
} from './arbitrary-values.ts'
import { arbitraryWhere } from './arbitrary-where.ts'

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
  const cursor = seldom(arbitraryKey(model), 8)
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
