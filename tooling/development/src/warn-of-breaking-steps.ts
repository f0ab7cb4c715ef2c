import { readFile } from 'node:fs/promises'

/** Prints what of a new migration the version that runs would not survive, and how to say that it may go. */
export async function warnOfBreakingSteps(path: string): Promise<void> {
  // No image needs it: they apply what was looked at.
  const { findBreakingSteps } = await import('@repo/migrations')
  for (const step of await findBreakingSteps(await readFile(path, 'utf8'))) {
    console.log(`  ${step}`)
  }
}
