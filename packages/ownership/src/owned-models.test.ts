import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const compiler = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
)
let folder: string

// Beside node_modules, where the workspace's packages are found from.
beforeAll(async () => {
  folder = await mkdtemp(join(import.meta.dirname, '../node_modules/.owned-models-'))
  for (const name of ['scope.ts', 'serving-policies.ts']) {
    await copyFile(join(import.meta.dirname, name), join(folder, name))
  }
  const config = { extends: '@repo/typescript/base.json', files: ['owned-models.ts'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
})
afterAll(() => rm(folder, { recursive: true }))

async function compile(change: (source: string) => string): Promise<string> {
  const source = await readFile(join(import.meta.dirname, 'owned-models.ts'), 'utf8')
  await writeFile(join(folder, 'owned-models.ts'), change(source))
  return new Promise((resolve) => {
    const args = [compiler, '--noEmit', '-p', folder]
    execFile(process.execPath, args, (_error, stdout) => resolve(stdout))
  })
}

test('the list as it stands compiles', async () => {
  expect(await compile((source) => source)).toBe('')
})

test.each([
  ['a model that is not listed', /^ {2}FailedLogIn: .*$/m, "'FailedLogIn' is missing"],
  ['a relation that is not listed', /^ {6}sessions: .*$/m, "'sessions' is missing"],
  ['a model without its owner', /^ {4}owner: \{ tenant: 'id' \},$/m, "'owner' is missing"],
])('%s does not compile', async (_name, line, message) => {
  const output = await compile((source) => source.replace(line, ''))
  expect(output).toContain(message)
})
