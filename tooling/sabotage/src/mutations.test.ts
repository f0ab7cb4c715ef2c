import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { mutate } from './mutation.ts'
import { mutations } from './mutations.ts'

const root = join(import.meta.dirname, '../../..')

it('there are enough of them, each by its own name', () => {
  expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length)
  expect(mutations.length).toBeGreaterThanOrEqual(25)
})

it.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
  '%s: applies at one place, and is code',
  async (_name, mutation) => {
    const { file, tests } = mutation
    const mutated = mutate(await readFile(join(root, file), 'utf8'), mutation)
    if (file.endsWith('.ts')) expect(() => stripTypeScriptTypes(mutated)).not.toThrow()
    expect(tests.filter((test) => !existsSync(join(root, test)))).toEqual([])
    expect(tests.length).toBeGreaterThan(0)
  },
)

const mutation = { name: 'name', file: 'file', find: 'lock', replace: 'door', tests: [] }

it.each([
  ['where the text is not there', 'door', mutation, '0 times'],
  ['where the text is there twice', 'lock lock', mutation, '2 times'],
  ['that changes nothing', 'lock', { ...mutation, replace: 'lock' }, 'nothing is changed'],
])('a mutation %s is refused', (_name, text, given, message) => {
  expect(() => mutate(text, given)).toThrow(message)
})

it('a mutation is put in as it is written', () => {
  expect(mutate('a lock b', { ...mutation, replace: '$& $1' })).toBe('a $& $1 b')
})

const migrations = join(root, 'packages/database/prisma/migrations')
const made = /CREATE (?:OR REPLACE )?FUNCTION (\w+\.\w+)\(/g

/** The function that a place of a migration is in; undefined for what is in none. */
const functionAt = (sql: string, find: string) =>
  [...(sql.slice(0, sql.indexOf(find)).split('\nEND $$;').at(-1)?.matchAll(made) ?? [])].at(-1)?.[1]

it.each(mutations.flatMap((one) => (one.file.endsWith('.sql') ? [[one.name, one] as const] : [])))(
  '%s: is in the function as it is by now',
  async (_name, { file, find }) => {
    const sql = await readFile(join(root, file), 'utf8')
    const name = functionAt(sql, find)
    const later = (await readdir(migrations)).filter(
      (folder) => folder > (file.split('/').at(-2) ?? ''),
    )
    for (const folder of later.filter((one) => !one.endsWith('.toml'))) {
      const text = await readFile(join(migrations, folder, 'migration.sql'), 'utf8')
      expect([...text.matchAll(made)].map(([, again]) => again)).not.toContain(name ?? '')
    }
  },
)
