import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../../..')
const text = await readFile(join(root, 'docs/security.md'), 'utf8')
const rows = text
  .split('\n')
  .filter((line) => /^\| (?!practice|fault|---)/.test(line))
  .map((line) => line.split('|').slice(1, -1))

const pathsIn = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)
const isThere = (path: string) =>
  access(join(root, path)).then(
    () => true,
    () => false,
  )

it.each(rows)('%s is where the map says, and proved there', async (_practice, where, proof) => {
  const [files, tests] = [pathsIn(where), pathsIn(proof)]
  expect(files).not.toEqual([])
  expect(tests).not.toEqual([])
  for (const path of [...files, ...tests]) expect(await isThere(path), path).toBe(true)
  for (const path of tests) {
    expect(path).toMatch(/\.test\.ts$/)
    expect(await readFile(join(root, path), 'utf8'), path).toMatch(
      /\b(it|test|describe\w*)(\.each)?\(/,
    )
  }
})

it('docs/seams.md names files and canaries that are there', async () => {
  const seams = await readFile(join(root, 'docs/seams.md'), 'utf8')
  const paths = pathsIn(seams).filter((path) => /^(apps|packages|tooling)\//.test(path))
  expect(paths.length).toBeGreaterThan(20)
  for (const path of paths) expect(await isThere(path), path).toBe(true)
})

it('notices a file that is missing', async () => {
  expect(await isThere('docs/security.md')).toBe(true)
  expect(await isThere('docs/no-such-file.md')).toBe(false)
})

it('covers the practices this version claims, each by its number', () => {
  const practices = rows.flatMap(([practice = '']) => practice.match(/G\d\d/g) ?? [])
  expect(new Set(practices).size).toBeGreaterThanOrEqual(24)
})

it('covers the faults that can be sent, each by its number', () => {
  const numbers = rows.flatMap(([fault = '']) => fault.match(/^ \d+(?= )/g) ?? []).map(Number)
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index)
  expect([...range(12, 24), ...range(42, 49)].filter((fault) => !numbers.includes(fault))).toEqual(
    [],
  )
})
