import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { programs, runProgram } from './run-program.ts'

/** What a linter finds, as `rule at/the/place`; nothing where the document is fine. */
export type Lint = (document: unknown) => Promise<readonly string[]>

/** Stoplight's rules for the OWASP API Top 10, warnings and hints included. */
export const lintForOwasp: Lint = (document) =>
  withFile(document, async (path) => {
    const args = ['lint', '--quiet', '--format', 'json', '--ruleset', 'spectral.yaml', path]
    const problems: { code: string; path: string[] }[] = JSON.parse(
      await runProgram('node_modules/.bin/spectral', args),
    )
    return problems.map(({ code, path }) => `${code} ${path.join(' ')}`)
  })

/** Redocly's strict rules, where a warning is an error. */
export const lintStrictly: Lint = (document) =>
  withFile(document, async (path) => {
    const args = ['lint', '--format', 'json', '--config', 'redocly.yaml', path]
    const { problems }: { problems: { ruleId: string; location: { pointer: string }[] }[] } =
      JSON.parse(await runProgram('node_modules/.bin/redocly', args))
    return problems.map(({ ruleId, location: [at] }) => `${ruleId} ${at?.pointer}`)
  })

async function withFile<T>(document: unknown, use: (path: string) => Promise<T>): Promise<T> {
  // Below the ruleset: Spectral's exceptions apply nowhere else.
  const reports = join(programs, 'reports')
  await mkdir(reports, { recursive: true })
  const folder = await mkdtemp(join(reports, 'lint-'))
  const path = join(folder, 'openapi.json')
  await writeFile(path, JSON.stringify(document))
  return await use(path).finally(() => rm(folder, { recursive: true }))
}
