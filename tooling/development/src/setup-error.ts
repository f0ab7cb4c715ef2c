/** Something is wrong with this set-up: what, and the way out. */
export class SetupError extends Error {
  readonly wayOut: string

  constructor(what: string, wayOut: string, options?: ErrorOptions) {
    super(what, options)
    this.name = 'SetupError'
    this.wayOut = wayOut
  }
}

/** What `read` makes of a command's words; a SetupError with the way out where they mean nothing. */
export function explainWords<Words>(usage: string, read: () => Words): Words {
  try {
    return read()
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new SetupError(said, usage, { cause: error })
  }
}

/** Ends a command with one sentence and a way out; a stack is for what we did not foresee. */
export function failWith(error: unknown): void {
  process.exitCode = 1
  if (error instanceof SetupError) console.error(`\n${error.message}\n${error.wayOut}\n`)
  else console.error(error)
}
