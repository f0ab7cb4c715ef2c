import { Redis, type Requester } from '@upstash/redis'
import { createRespRequester } from './resp-requester.ts'
import { createRestRequester } from './rest-requester.ts'
import { traceCommands } from './trace-commands.ts'

/** `upstash` speaks REST; `server` speaks RESP to one server or a comma-separated list of cluster nodes. */
export type RedisOptions = (
  | { readonly kind: 'upstash'; readonly url: string; readonly token: string }
  | { readonly kind: 'server'; readonly url: string }
) & {
  readonly timeoutMs?: number
  /** Whether commands are part of traces; false by default, and then they cost nothing for it. */
  readonly isTraced?: boolean
}

export type RedisConnection = {
  /** Sends the commands of one tick together; rejects after `timeoutMs`, and heals by itself. */
  readonly client: Redis
  /** Rejects when Redis does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

const defaultTimeoutMs = 250

class PipelinedRedis extends Redis {
  // A requester of one's own turns auto-pipelining off, and only a subclass may turn it on.
  static over(requester: Requester): Redis {
    return new PipelinedRedis(requester).autoPipeline()
  }
}

/** Opens Redis without waiting for it; every command fails within `timeoutMs` when Redis is gone. */
export function openRedis(options: RedisOptions): RedisConnection {
  const { timeoutMs = defaultTimeoutMs } = options
  const { requester, close } =
    options.kind === 'upstash'
      ? createRestRequester({ ...options, timeoutMs })
      : createRespRequester({ ...options, timeoutMs })
  const plain = PipelinedRedis.over(requester)
  const client = options.isTraced ? traceCommands(plain) : plain
  return {
    client,
    ping: async () => {
      await client.ping()
    },
    close: async () => close(),
  }
}
