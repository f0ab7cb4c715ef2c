import { inSpan } from '@repo/telemetry'
import type { Redis } from '@upstash/redis'

// They collect commands; what is sent is sent by `exec`.
const collecting: ReadonlySet<string | symbol> = new Set(['pipeline', 'multi'])
const attributes = { 'db.system.name': 'redis' } as const

/** The same client, each command in a span of its name: without keys and arguments. */
export function traceCommands(client: Redis): Redis {
  return new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function' || typeof name === 'symbol' || collecting.has(name)) {
        return member
      }
      const run = (args: readonly unknown[]): Promise<unknown> =>
        Reflect.apply(member, target, args)
      return (...args: readonly unknown[]) =>
        inSpan(name.toUpperCase(), { kind: 'client', attributes }, () => run(args))
    },
  })
}
