import { createHash } from 'node:crypto'
import type { RedisCommand } from './redis-backend.ts'
import { redisTime } from './redis-time.ts'

/** Turns EVALSHA into the EVAL of a script seen before, and gives scripts a clock that is right. */
export function createScriptStore() {
  const scripts = new Map<string, string>()

  function prepare(command: RedisCommand): RedisCommand {
    const [name, first = '', ...args] = command
    if (name === 'eval') {
      scripts.set(createHash('sha1').update(first).digest('hex'), first)
      return ['eval', withClock(first), ...args]
    }
    if (name !== 'evalsha') return command
    const script = scripts.get(first.toLowerCase())
    if (script === undefined) throw new Error('NOSCRIPT No matching script. Please use EVAL.')
    return ['eval', withClock(script), ...args]
  }
  return { prepare }
}

function withClock(script: string) {
  const [seconds, microseconds] = redisTime()
  return `for _, name in ipairs({'call', 'pcall'}) do
    local call = redis[name]
    redis[name] = function(command, ...)
      if string.upper(command) == 'TIME' then return {'${seconds}', '${microseconds}'} end
      return call(command, ...)
    end
  end
  ${script}`
}
