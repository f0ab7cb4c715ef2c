import { Worker } from 'node:worker_threads'
import { backOffMs } from './back-off.ts'
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts'

export interface ShippingThreadOptions {
  readonly data: ThreadData
  /** A thread that wants more dies alone. */
  readonly maxHeapMb: number
  readonly onMessage: (message: FromThread) => void
  /** Is told when the thread has died with all it held; another one is started after a while. */
  readonly onDied: (reason: string) => void
  readonly onStarted: () => void
}

/** The thread that ships, and after it another one for as long as nobody ends it. */
export interface ShippingThread {
  /** Not while one has died. */
  isRunning(): boolean
  post(message: ToThread): void
  end(): Promise<void>
}

// Who has lived for so long does not die of what the one before it died of.
const soundMs = 60_000
const atMost = () => 1

export function startShippingThread(options: ShippingThreadOptions): ShippingThread {
  let worker: Worker | null = null
  let hasEnded = false
  let deaths = 0

  function start(): void {
    if (hasEnded) return
    let reason = 'ended'
    const startedAt = performance.now()
    const started = new Worker(new URL('./thread.ts', import.meta.url), {
      name: 'log-shipping',
      workerData: options.data,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: options.maxHeapMb },
    })
    started.on('message', options.onMessage)
    started.on('error', (error: Error & { code?: string }) => {
      reason = error.code ?? error.name
    })
    started.once('exit', () => {
      worker = null
      if (hasEnded) return
      options.onDied(reason)
      deaths = performance.now() - startedAt < soundMs ? deaths + 1 : 1
      setTimeout(start, backOffMs(deaths, atMost)).unref()
    })
    // A process that has nothing else to do may end.
    started.unref()
    worker = started
    options.onStarted()
  }

  start()
  return {
    isRunning: () => worker !== null,
    post(message) {
      worker?.postMessage(message)
    },
    async end() {
      hasEnded = true
      await worker?.terminate()
    },
  }
}
