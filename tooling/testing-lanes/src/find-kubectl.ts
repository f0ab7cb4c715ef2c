import { findProgram } from './find-program.ts'

const usual = ['/usr/bin/kubectl', '/usr/local/bin/kubectl', '/opt/homebrew/bin/kubectl']

/** The path of the kubectl that KUBECTL names, else of one in a usual place; null without any. */
export function findKubectl(
  environment: { readonly KUBECTL?: string | undefined },
  isThere?: (path: string) => boolean,
): string | null {
  return findProgram({ named: environment.KUBECTL, usual }, isThere)
}
