import { join } from 'node:path'
import { findLicenceProblems } from './find-licence-problems.ts'
import { listPackages } from './list-packages.ts'

/** `pnpm licences:check`: whether every package that is installed is under a licence of the list; exit code 1, and which is not. */
const packages = await listPackages(join(import.meta.dirname, '../../..'))
const problems = findLicenceProblems(packages)
for (const problem of problems) console.error(problem)
console.log(`${packages.length} packages, ${problems.length} under another licence.`)
if (packages.length === 0 || problems.length > 0) process.exitCode = 1
