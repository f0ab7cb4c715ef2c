import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { programs } from './run-program.ts'

const folder = join(import.meta.dirname, '../../../../.github/workflows')
const workflows = await readdir(folder)
let scratch: string

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'rampart-workflows-'))
})
afterAll(() => rm(scratch, { recursive: true }))

/** What action-validator, by the schema of GitHub, says of a workflow; nothing where it is fit. */
async function validate(text: string): Promise<string> {
  const path = join(scratch, 'workflow.yml')
  await writeFile(path, text)
  const program = join(programs, 'node_modules/.bin/action-validator')
  const said = await promisify(execFile)(program, [path]).catch((error: unknown) => Object(error))
  return `${said.stdout}${said.stderr}`
}

describe.each(workflows)('.github/workflows/%s', (name) => {
  it('is what the schema of GitHub wants', async () => {
    const text = await readFile(join(folder, name), 'utf8')
    // A permission since 2024, which its schema does not know.
    expect(await validate(text.replace(/^ +attestations: write\n/m, ''))).toBe('')
  })
})

it('says what is wrong with one that is not', async () => {
  const text = await readFile(join(folder, 'ci.yml'), 'utf8')
  expect(await validate(text.replace('runs-on:', 'run-on:'))).toContain('run-on')
})
