import fc, { type Arbitrary } from 'fast-check'
import {
  type Arguments,
  arbitraryScalar,
  arbitraryValue,
  entryOf,
  merge,
  relationOf,
  scalarsOf,
} from './arbitrary-values.ts'
import { type Field, prismaEnums } from './prisma-models.ts'

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
      ...Array.from({ length: 4 }, () => relationCondition(model, depth)),
    )
  }
  return fc.array(fc.oneof(...parts), { minLength: 1, maxLength: 2 }).map(merge)
}

function scalarCondition(field: Field): Arbitrary<unknown> {
  const value = arbitraryValue(field)
  if (field.isList) return arbitraryScalar(field.type, field.isUuid).map((has) => ({ has }))
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
