import { rotateByHand } from './rotation/rotate-by-hand.ts'

/** `pnpm secrets:rotate [NAME]`, with the worker's environment; exit code 1, and why, where nothing was rotated. */
try {
  for await (const line of rotateByHand(process.argv.slice(2))) process.stdout.write(`${line}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
