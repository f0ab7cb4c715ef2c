import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { environment, workerEnvironment } from './environment.ts'
import { isProviderVariable } from './external-providers.ts'

const text = readFileSync(join(import.meta.dirname, '../../../.env.example'), 'utf8')
const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
const names = lines.map((line) => line.replace(/=.*/, ''))

// Read before the others are, or by migrations alone.
const elsewhere = [
  ...['SECRETS_PROVIDER', 'SECRETS_ID', 'SECRETS_FOLDERS'],
  ...['DATABASE_ADMIN_URL', 'DATABASE_OWNER_URL'],
]

test('.env.example has every variable that the processes read, once, and no other', () => {
  const known = new Set([
    ...Object.keys(environment.shape),
    ...Object.keys(workerEnvironment.shape),
    ...elsewhere,
  ])
  expect(names.filter((name) => !isProviderVariable(name)).toSorted()).toEqual(
    [...known].toSorted(),
  )
})

test('it has no value', () => {
  expect(lines.filter((line) => !/^[A-Z0-9_]+=$/.test(line))).toEqual([])
})
