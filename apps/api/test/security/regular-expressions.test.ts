import { glob, readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { parse } from 'acorn'
import { simple } from 'acorn-walk'
import { checkSync } from 'recheck'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../../..')

// A proof takes a second at most, and far longer where the machine is busy.
const timeout = 120_000

interface Found {
  readonly file: string
  readonly source: string
  readonly flags: string
}

/** Every regular expression that is written in our code, and where one is made of a text. */
async function findAll(): Promise<{ readonly literals: Found[]; readonly made: string[] }> {
  const literals: Found[] = []
  const made: string[] = []
  const sources = ['apps/*/src/**/*.ts', 'packages/*/src/**/*.ts']
  for await (const file of glob(sources, { cwd: root })) {
    if (file.endsWith('.test.ts') || file.includes('/generated/')) continue
    const code = stripTypeScriptTypes(await readFile(join(root, file), 'utf8'))
    simple(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), {
      Literal({ regex }) {
        if (regex) literals.push({ file, source: regex.pattern, flags: regex.flags })
      },
      NewExpression({ callee }) {
        if (callee.type === 'Identifier' && callee.name === 'RegExp') made.push(file)
      },
    })
  }
  return { literals, made }
}

const { literals, made } = await findAll()

describe('a regular expression of ours (faults 51)', () => {
  it.each(
    literals.map((found) => [`/${found.source}/${found.flags} of ${found.file}`, found] as const),
  )('%s takes linear time, whatever it is given', { timeout }, (_name, { source, flags }) => {
    const checked = checkSync(source, flags.replace('v', 'u'), { timeout: timeout / 2 })
    expect(checked, JSON.stringify(checked)).toMatchObject({
      status: 'safe',
      complexity: { type: expect.stringMatching(/^(safe|linear)$/) },
    })
  })

  it('is never made of a text', () => {
    expect(made).toEqual([])
  })

  it('is found, and one that is not linear is told', () => {
    expect(literals.length).toBeGreaterThan(50)
    expect(checkSync('^(a+)+$', '')).toMatchObject({ status: 'vulnerable' })
    expect(checkSync('a*a*b', '')).toMatchObject({ complexity: { type: 'polynomial' } })
  })
})
