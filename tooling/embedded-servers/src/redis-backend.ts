export type RedisCommand = readonly [name: string, ...args: string[]]
export type RedisOutcome = { readonly result: unknown } | { readonly error: string }

/** What the gateway runs commands on: in order, and with nothing in between when `atomic`. */
export type RedisBackend = {
  run(commands: readonly RedisCommand[], atomic: boolean): Promise<readonly RedisOutcome[]>
  close(): void
}

type Chain = {
  call(name: string, ...args: string[]): unknown
  exec(): Promise<[error: Error | null, result: unknown][] | null>
}

/** The part of an ioredis client (5 or 6) that the gateway needs. */
export type RedisServerClient = { pipeline(): Chain; multi(): Chain }

/** Runs commands on a real Redis; the client stays its owner's to close. */
export function serverBackend(client: RedisServerClient): RedisBackend {
  async function run(commands: readonly RedisCommand[], atomic: boolean) {
    const chain = atomic ? client.multi() : client.pipeline()
    for (const command of commands) chain.call(...command)
    const replies = (await chain.exec()) ?? []
    return replies.map(([error, result]) => (error ? { error: error.message } : { result }))
  }
  return { run, close: () => {} }
}
