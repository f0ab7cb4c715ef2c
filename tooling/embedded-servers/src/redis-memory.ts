import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import RedisMock from 'ioredis-mock'
import type { RedisBackend, RedisCommand, RedisOutcome } from './redis-backend.ts'
import { createScriptStore } from './redis-memory-scripts.ts'
import { withUpperCaseOptions } from './redis-option-words.ts'
import { redisTime } from './redis-time.ts'

const commandNames = new Set(new Redis({ lazyConnect: true }).getBuiltinCommands())

/** An empty Redis in this process's memory, shared with nobody. */
export function memoryBackend(): RedisBackend {
  // ioredis-mock shares its data by host, port and database.
  const memory = new RedisMock({ host: randomUUID() })
  const scripts = createScriptStore()

  function execute([name, ...args]: RedisCommand): unknown {
    if (name === 'time') return redisTime()
    const method: unknown = Reflect.get(memory, name)
    if (!commandNames.has(name) || typeof method !== 'function') {
      throw new Error(`ERR unknown command '${name}'`)
    }
    return Reflect.apply(method, memory, args)
  }

  async function runOne([name, ...args]: RedisCommand): Promise<RedisOutcome> {
    try {
      const command = scripts.prepare([name.toLowerCase(), ...args])
      return { result: await execute(withUpperCaseOptions(command)) }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }

  return {
    // Each command takes effect before its method returns, so that this loop is atomic as it stands.
    run: (commands) => Promise.all(commands.map(runOne)),
    close: () => memory.disconnect(),
  }
}
