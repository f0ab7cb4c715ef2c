import { SetupError } from './setup-error.ts'

const sentences: Readonly<Record<string, readonly [what: string, wayOut: string]>> = {
  ECONNREFUSED: ['cannot be reached', 'Start it, or mend its host and port.'],
  ENOTFOUND: ['cannot be found', 'Mend the name of its host.'],
  ETIMEDOUT: ['does not answer', 'Start it, or mend its host and port.'],
  '28P01': [
    'refuses the password',
    'Mend the password, or set it anew with: npx pnpm@12 db:provision',
  ],
  '28000': ['refuses this log-in', 'Make its roles with: npx pnpm@12 db:provision'],
  '3D000': ['has no such database', 'Create it, then: npx pnpm@12 db:provision'],
  '42501': ['does not let its owner migrate', 'Make its roles with: npx pnpm@12 db:provision'],
  ERR_INVALID_URL: [
    'has a URL that is none',
    'It looks like postgresql://user:password@host/name.',
  ],
}

/** A SetupError for what a person can mend about a database; anything else is thrown as it came. */
export function explainDatabaseError(error: unknown, database: string): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const [what, wayOut] = sentences[code] ?? []
  if (!what || !wayOut) throw error
  throw new SetupError(`${database} ${what}.`, wayOut, { cause: error })
}
