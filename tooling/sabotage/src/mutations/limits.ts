import type { Mutation } from '../mutation.ts'

const limiter = 'packages/rate-limit/src'
const own = 'apps/api/test/security/own-limits.test.ts'

/** How often anyone may ask. */
export const limitMutations: readonly Mutation[] = [
  {
    name: 'a refused call uses up the other limits',
    file: `${limiter}/limiter.ts`,
    find: 'const refusals = checks.flatMap(findRefusal)',
    replace: 'const refusals = checks.slice(1).length > 0 ? [] : checks.flatMap(findRefusal)',
    tests: [`${limiter}/limiter.test.ts`],
  },
  {
    name: 'registrations are counted as log-ins are',
    file: 'apps/api/src/routers/auth.ts',
    find: "publicProcedure('registration')",
    replace: "publicProcedure('login')",
    tests: [own],
  },
  {
    name: 'uploads are counted as any change is',
    file: 'apps/api/src/routers/files.ts',
    find: "fileProcedure('file:create', 'upload')",
    replace: "fileProcedure('file:create')",
    tests: [own],
  },
  {
    name: 'a caller escapes their limit by another address',
    file: 'apps/api/src/procedures/limit-rate.ts',
    find: "limits[name].per === 'caller' ? identity?.userId : undefined",
    replace: "limits[name].per === 'recipient' ? identity?.userId : undefined",
    tests: [own],
  },
  {
    name: 'a window holds one call too many',
    file: `${limiter}/sliding-window.ts`,
    find: 'if used < limit then',
    replace: 'if used <= limit then',
    tests: [`${limiter}/limiter.test.ts`],
  },
  {
    name: 'Retry-After is too short',
    file: `${limiter}/sliding-window.ts`,
    find: '+ window - now) / 1e3) end',
    replace: '+ window - now) / 2e3) end',
    tests: [`${limiter}/limiter.test.ts`],
  },
  {
    name: 'what Redis counts is kept for good',
    file: `${limiter}/sliding-window.ts`,
    find: "redis.call('PEXPIRE', KEYS[1], string.format('%.0f', window / 1e3))",
    replace: '',
    tests: [`${limiter}/limiter.test.ts`],
  },
  {
    name: 'an IPv6 network has a limit for each of its addresses',
    file: `${limiter}/address-key.ts`,
    find: 'const prefixHextets = 4',
    replace: 'const prefixHextets = 8',
    tests: [`${limiter}/address-key.test.ts`],
  },
  {
    name: 'without Redis everybody is let in',
    file: `${limiter}/limiter.ts`,
    find: '() => takeLocal(check),',
    replace: '() => ({ ...takeLocal(check), allowed: true }),',
    tests: [`${limiter}/limiter.test.ts`],
  },
  {
    name: 'without Redis a flood of keys fills the memory',
    file: `${limiter}/bounded-map.ts`,
    find: 'if (entries.size > maxKeys &&',
    replace: 'if (entries.size > maxKeys * 1e6 &&',
    tests: [`${limiter}/memory.test.ts`],
  },
  {
    name: 'a stall of the process is taken for one of Redis',
    file: `${limiter}/circuit.ts`,
    find: 'setTimeout(() => setImmediate(fail), timeoutMs)',
    replace: 'setTimeout(fail, timeoutMs)',
    tests: [`${limiter}/circuit.test.ts`],
  },
]
