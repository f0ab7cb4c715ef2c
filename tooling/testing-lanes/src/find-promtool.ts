import { findProgram } from './find-program.ts'

const usual = ['/usr/bin/promtool', '/usr/local/bin/promtool', '/opt/homebrew/bin/promtool']

/** The path of the promtool that PROMTOOL names, else of one in a usual place; null without any. */
export function findPromtool(
  environment: { readonly PROMTOOL?: string | undefined },
  isThere?: (path: string) => boolean,
): string | null {
  return findProgram({ named: environment.PROMTOOL, usual }, isThere)
}
