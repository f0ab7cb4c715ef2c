import { type InputProblem, type ProblemCode, problemDetails } from './input-problem.ts'
import { toPointer } from './json-pointer.ts'
import { findTextProblem } from './text.ts'

/** How large a JSON input may be, whatever its schema says. */
export const jsonLimits = { maxDepth: 32, maxItems: 1_000, maxProblems: 20 } as const

const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

interface Place {
  readonly value: unknown
  readonly key: string
  readonly depth: number
  readonly parent: Place | null
}

/**
 * What makes a JSON value hostile before any schema sees it: prototype keys, NUL and lone
 * surrogates in names and values, endless depth or width, numbers JavaScript cannot hold exactly.
 * Does not recurse, so that no depth exhausts the stack; `undefined` (no input) is fine.
 */
export function checkJson(value: unknown): InputProblem[] {
  const problems: InputProblem[] = []
  const waiting: Place[] = [{ value, key: '', depth: 0, parent: null }]
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    const code = findKeyProblem(place) ?? findValueProblem(place)
    if (code === null) waiting.push(...childrenOf(place))
    else problems.push({ pointer: pointerTo(place), code, detail: problemDetails[code] })
    if (problems.length === jsonLimits.maxProblems) break
  }
  return problems
}

function findKeyProblem({ key }: Place): ProblemCode | null {
  return forbiddenKeys.has(key) ? 'forbidden_key' : findTextProblem(key)
}

function findValueProblem({ value, depth }: Place): ProblemCode | null {
  switch (typeof value) {
    case 'string':
      return findTextProblem(value)
    case 'number':
      return isExact(value) ? null : 'unsafe_number'
    case 'object':
      return value === null ? null : findContainerProblem(value, depth)
    case 'boolean':
    case 'undefined':
      return null
    default:
      return 'not_json'
  }
}

function findContainerProblem(value: object, depth: number): ProblemCode | null {
  if (!Array.isArray(value) && !isPlain(value)) return 'not_json'
  if (depth >= jsonLimits.maxDepth) return 'too_deep'
  const { length } = Array.isArray(value) ? value : Object.keys(value)
  return length > jsonLimits.maxItems ? 'too_many_items' : null
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

// 1e400 arrives as Infinity, 2^53 + 1 as 2^53 (RFC 8259, section 6).
function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
}

function childrenOf(parent: Place): Place[] {
  if (typeof parent.value !== 'object' || parent.value === null) return []
  return Object.entries(parent.value)
    .map(([key, value]) => ({ key, value, parent, depth: parent.depth + 1 }))
    .reverse()
}

function pointerTo(place: Place): string {
  const path: string[] = []
  for (let at = place; at.parent !== null; at = at.parent) path.unshift(at.key)
  return toPointer(path)
}
