import { join } from 'node:path'
import { checkEnvironment } from './check-environment.ts'
import { checkInstallation } from './check-installation.ts'
import { checkPrograms } from './check-programs.ts'
import { checkServers } from './check-servers.ts'
import type { Finding } from './finding.ts'

const root = join(import.meta.dirname, '../../..')
const signs: Readonly<Record<Finding['kind'], string>> = { well: '✓', note: '·', problem: '✗' }

/** `pnpm run doctor`: what is wrong with this set-up, and the way out of each; exit code 1 where something is. */
async function examine(): Promise<void> {
  const variables = process.env
  const findings = [
    ...(await checkInstallation(root)),
    ...(await checkEnvironment(variables)),
    ...(await checkServers(variables)),
    ...checkPrograms(variables),
  ]
  for (const { kind, what, wayOut } of findings) {
    console.log(`${signs[kind]} ${what}${wayOut === undefined ? '' : `\n    ${wayOut}`}`)
  }
  const problems = findings.filter(({ kind }) => kind === 'problem').length
  console.log(problems === 0 ? '\nNothing is in the way.' : `\n${problems} in the way.`)
  if (problems > 0) process.exitCode = 1
}

await examine()
