import { type InputProblem, toPointer } from './input-problems.ts'
import { isWellFormed } from './well-formed.ts'

const maxDepth = 32
const maxItems = 1_000
const maxProblems = 100
const prototypeKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

interface Node {
  readonly value: unknown
  readonly path: readonly PropertyKey[]
}

/**
 * What no schema should have to think of: prototype keys, text that cannot be stored, numbers beyond
 * IEEE 754's, endless depth or length. Walks without recursion, so that depth cannot end the process.
 */
export function checkJson(root: unknown): readonly InputProblem[] {
  const problems: InputProblem[] = []
  const waiting: Node[] = [{ value: root, path: [] }]
  for (let node = waiting.pop(); node && problems.length < maxProblems; node = waiting.pop()) {
    const problem = problemOf(node)
    if (problem) problems.push({ pointer: toPointer(node.path), ...problem })
    else waiting.push(...childrenOf(node))
  }
  return problems
}

function problemOf({ value, path }: Node): Omit<InputProblem, 'pointer'> | null {
  const name = path.at(-1)
  if (typeof name === 'string' && (prototypeKeys.has(name) || !isWellFormed(name))) {
    return { code: 'forbidden_name', detail: 'A field cannot have this name.' }
  }
  if (typeof value === 'string' && !isWellFormed(value)) {
    return { code: 'ill_formed_text', detail: 'This holds characters that cannot be stored.' }
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { code: 'number_out_of_range', detail: 'This number is out of range.' }
  }
  if (path.length > maxDepth) return { code: 'too_deep', detail: 'This is nested too deeply.' }
  if (Array.isArray(value) && value.length > maxItems) {
    return { code: 'too_many', detail: `This holds more than ${maxItems} items.` }
  }
  return null
}

function childrenOf({ value, path }: Node): Node[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([key, child]) => ({ value: child, path: [...path, key] }))
}
