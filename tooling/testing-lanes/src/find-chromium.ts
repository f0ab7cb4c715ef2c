import { findProgram } from './find-program.ts'

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The path of the Chromium or Chrome that CHROMIUM names, else of one in a usual place; null without any. */
export function findChromium(
  environment: { readonly CHROMIUM?: string | undefined },
  isThere?: (path: string) => boolean,
): string | null {
  return findProgram({ named: environment.CHROMIUM, usual }, isThere)
}
