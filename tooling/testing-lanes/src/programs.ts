import { existsSync } from 'node:fs'

interface Program {
  /** Which tests need it: `*.FILES.test.ts`. */
  readonly files: string
  readonly leftOut: string
  readonly usual: readonly string[]
}

/** What some tests need of the machine, as `NAME=path` or in a usual place. */
export const programs = {
  CHROMIUM: {
    files: 'browser',
    leftOut: 'No Chromium: the browser tests are left out.',
    usual: [
      '/usr/bin/chromium',
      '/usr/bin/chromium-browser',
      '/usr/bin/google-chrome',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
  },
  CLAMD: {
    files: 'clamd',
    leftOut: 'No clamd: the tests of the real scanner are left out.',
    usual: [
      '/usr/sbin/clamd',
      '/usr/local/sbin/clamd',
      '/opt/homebrew/sbin/clamd',
      '/usr/bin/clamd',
    ],
  },
  REDIS_SERVER: {
    files: 'redis-server',
    leftOut: 'No redis-server: the tests that start one are left out.',
    usual: [
      '/usr/bin/redis-server',
      '/usr/bin/valkey-server',
      '/usr/local/bin/redis-server',
      '/opt/homebrew/bin/redis-server',
    ],
  },
  PROMTOOL: {
    files: 'promtool',
    leftOut: 'No promtool: the tests of rules for Prometheus are left out.',
    usual: ['/usr/bin/promtool', '/usr/local/bin/promtool', '/opt/homebrew/bin/promtool'],
  },
  PGBOUNCER: {
    files: 'pgbouncer',
    leftOut: 'No pgbouncer: the tests of a pooler are left out.',
    usual: ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'],
  },
  KUBECTL: {
    files: 'kubectl',
    leftOut: 'No kubectl: the tests of deploy/kubernetes are left out.',
    usual: ['/usr/bin/kubectl', '/usr/local/bin/kubectl', '/opt/homebrew/bin/kubectl'],
  },
} as const satisfies Readonly<Record<string, Program>>

export type ProgramName = keyof typeof programs

export type ProgramVariables = Readonly<Partial<Record<ProgramName, string | undefined>>>

// The table's own keys.
export const programNames = Object.keys(programs) as readonly ProgramName[]

/** The path that the variable of its name says, else the first of its usual places that is there; null without any. */
export function findProgram(
  name: ProgramName,
  { [name]: named }: ProgramVariables,
  isThere: (path: string) => boolean = existsSync,
): string | null {
  return [...(named ? [named] : []), ...programs[name].usual].find(isThere) ?? null
}

/** Each of them, with the path of the one that is used, or what is left out without it. */
export const listPrograms = (variables: ProgramVariables) =>
  programNames.map((name) => ({
    name,
    path: findProgram(name, variables),
    leftOut: programs[name].leftOut,
  }))
