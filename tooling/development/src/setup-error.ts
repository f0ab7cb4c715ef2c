/** Something is wrong with this set-up: what, and the way out. */
export class SetupError extends Error {
  readonly wayOut: string

  constructor(what: string, wayOut: string, options?: ErrorOptions) {
    super(what, options)
    this.name = 'SetupError'
    this.wayOut = wayOut
  }
}

/** Ends a command with one sentence and a way out; a stack is for what we did not foresee. */
export function failWith(error: unknown): void {
  process.exitCode = 1
  if (error instanceof SetupError) console.error(`\n${error.message}\n${error.wayOut}\n`)
  else console.error(error)
}
