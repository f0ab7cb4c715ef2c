import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestDatabase } from '@repo/testing'
import { expect, test } from 'vitest'
import { Prisma } from './generated/client.ts'
import { prismaFolder, readSchema } from './migration-files.ts'
import { openDatabase } from './open-database.ts'

test('the generated client was made from the schema as it stands', async () => {
  const path = join(import.meta.dirname, 'generated/internal/class.ts')
  const written = (await readFile(path, 'utf8')).match(/^ {2}"inlineSchema": (".*"),$/m)?.[1]
  // Prisma aligns the columns of its copy.
  const alike = (text: string) => text.replaceAll(/ +/g, ' ')
  expect(alike(JSON.parse(written ?? '""'))).toBe(alike(await readSchema(prismaFolder)))
})

test('every model can be read from a migrated database: schema and migrations agree', async () => {
  const database = await createTestDatabase()
  const { prisma, close } = openDatabase({ url: database.ownerUrl })
  const models = Object.values(Prisma.ModelName)
  expect(models).toContain('Order')
  for (const model of models) {
    const delegate = Reflect.get(prisma, model.charAt(0).toLowerCase() + model.slice(1))
    expect(await delegate.findFirst()).toBeNull()
  }
  await close()
  await database.drop()
})
