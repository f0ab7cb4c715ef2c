import { isDeepStrictEqual } from 'node:util'
import { valuesAt } from './values-at.ts'

/** What a configuration promises, in words, and whether it keeps it. */
export type Promised = readonly [sentence: string, isKept: (terraform: unknown) => boolean]

/** Exactly these values are there, in this order. */
export const has = (path: string, ...values: readonly unknown[]) => {
  return (terraform: unknown) => isDeepStrictEqual(valuesAt(terraform, path), values)
}

/** There are some, and each is good. */
export const each = (path: string, isGood: (value: unknown) => boolean) => {
  return (terraform: unknown) => {
    const values = valuesAt(terraform, path)
    return values.length > 0 && values.every(isGood)
  }
}

export const all = (...checks: readonly ((terraform: unknown) => boolean)[]) => {
  return (terraform: unknown) => checks.every((check) => check(terraform))
}

/** How the parser writes what is no literal. */
export const reference = (name: string): string => `\${${name}}`

/** The promises that are broken. */
export const findBroken = (promises: readonly Promised[], terraform: unknown): readonly string[] =>
  promises.filter(([, isKept]) => !isKept(terraform)).map(([sentence]) => sentence)
