import { join } from 'node:path'
import { checkInstallation } from './check-installation.ts'
import type { Finding, Variables } from './finding.ts'

const root = join(import.meta.dirname, '../../..')
const signs: Readonly<Record<Finding['kind'], string>> = { well: '✓', note: '·', problem: '✗' }

/** `pnpm run doctor`: what is wrong with this set-up, and the way out of each; exit code 1 where something is. */
async function examine(): Promise<void> {
  const variables = process.env
  const installed = await checkInstallation(root)
  const isUsable = installed.every(({ kind }) => kind !== 'problem')
  const findings = [...installed, ...(isUsable ? await examineRest(variables) : [])]
  for (const { kind, what, wayOut } of findings) {
    console.log(`${signs[kind]} ${what}${wayOut === undefined ? '' : `\n    ${wayOut}`}`)
  }
  const problems = findings.filter(({ kind }) => kind === 'problem').length
  console.log(problems === 0 ? '\nNothing is in the way.' : `\n${problems} in the way.`)
  if (problems > 0) process.exitCode = 1
}

/** What needs packages: where they are missing, that is said first, and alone. */
async function examineRest(variables: Variables): Promise<readonly Finding[]> {
  const [{ checkEnvironment }, { checkServers }, { checkPrograms }] = await Promise.all([
    import('./check-environment.ts'),
    import('./check-servers.ts'),
    import('./check-programs.ts'),
  ])
  const [environment, servers] = await Promise.all([
    checkEnvironment(variables),
    checkServers(variables),
  ])
  return [...environment, ...servers, ...checkPrograms(variables)]
}

await examine()
