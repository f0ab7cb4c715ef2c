import { findProgram } from './find-program.ts'

const usual = [
  '/usr/sbin/clamd',
  '/usr/local/sbin/clamd',
  '/opt/homebrew/sbin/clamd',
  '/usr/bin/clamd',
]

/** The path of the clamd that CLAMD names, else of one in a usual place; null without any. */
export function findClamd(
  environment: { readonly CLAMD?: string | undefined },
  isThere?: (path: string) => boolean,
): string | null {
  return findProgram({ named: environment.CLAMD, usual }, isThere)
}
