import satisfies from 'spdx-satisfies'
import { allowedLicences, exceptions, readByHand } from './allowed-licences.ts'
import type { InstalledPackage } from './list-packages.ts'

/** A sentence for each package that may not come in. */
export const findLicenceProblems = (packages: readonly InstalledPackage[]): readonly string[] =>
  packages.flatMap(({ name, version, licence }) => {
    const expression = readByHand[name] ?? licence
    if (isAllowed(expression) || Object.hasOwn(exceptions, name)) return []
    return [`${name}@${version}: ${expression || 'no licence'}`]
  })

function isAllowed(expression: string): boolean {
  try {
    return satisfies(expression, [...allowedLicences])
  } catch {
    // No expression of SPDX: nobody knows what it means.
    return false
  }
}
