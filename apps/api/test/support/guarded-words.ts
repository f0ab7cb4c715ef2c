import { wordsOf } from './output-fields.ts'

/** Words that name what must not leave: what proves somebody, and what is ours alone. */
const guarded: ReadonlySet<string> = new Set([
  ...['hash', 'hashes', 'secret', 'secrets', 'token', 'tokens', 'password', 'passwords', 'salt'],
  ...[
    'key',
    'keys',
    'code',
    'codes',
    'cookie',
    'credential',
    'credentials',
    'challenge',
    'private',
  ],
  ...['storage', 'internal', 'encrypted', 'cipher', 'payload', 'sha256', 'hmac', 'otp', 'seed'],
])

/** Whether the last name of a path sounds like something that must not leave. */
export const holdsGuardedWord = (field: string) =>
  wordsOf(field.split('/').at(-1) ?? '').some((word) => guarded.has(word))
