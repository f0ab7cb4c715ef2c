import { expect, test } from 'vitest'
import { createStatementNames } from './statement-names.ts'

test('one text has one name, another text another', () => {
  const nameOf = createStatementNames()
  expect(nameOf({ sql: 'SELECT 1' })).toBe(nameOf({ sql: 'SELECT 1' }))
  expect(nameOf({ sql: 'SELECT 2' })).not.toBe(nameOf({ sql: 'SELECT 1' }))
})

test('past 500 texts a new one has no name, and the old ones keep theirs', () => {
  const nameOf = createStatementNames()
  const names = Array.from({ length: 500 }, (_, index) => nameOf({ sql: `SELECT ${index}` }))
  expect(new Set(names).size).toBe(500)
  expect(nameOf({ sql: 'SELECT 500' })).toBe('')
  expect(nameOf({ sql: 'SELECT 0' })).toBe(names[0])
})
