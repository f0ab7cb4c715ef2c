export type Circuit = {
  /** Runs `work`, or `otherwise` when it fails, is late, or has failed a moment ago. */
  run<T>(work: () => Promise<T>, otherwise: () => T): Promise<T>
}

export type CircuitOptions = {
  readonly timeoutMs: number
  readonly onDegraded: (error: unknown) => void
  readonly onRecovered: () => void
}

const retryMs = 1_000

/** After a failure one call a second tries again; the others do not wait for it. */
export function createCircuit({ timeoutMs, onDegraded, onRecovered }: CircuitOptions): Circuit {
  let retryAt: number | null = null

  function fail(error: unknown) {
    if (retryAt === null) onDegraded(error)
    retryAt = performance.now() + retryMs
  }

  function succeed() {
    if (retryAt !== null) onRecovered()
    retryAt = null
  }

  return {
    async run(work, otherwise) {
      if (retryAt !== null) {
        if (performance.now() < retryAt) return otherwise()
        retryAt = performance.now() + retryMs
      }
      try {
        const result = await withinTime(work(), timeoutMs)
        succeed()
        return result
      } catch (error) {
        fail(error)
        return otherwise()
      }
    },
  }
}

function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`No answer within ${timeoutMs} ms.`))
    // After a stall of this process the answer may be here already, and unread: it is read first.
    const timer = setTimeout(() => setImmediate(fail), timeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
