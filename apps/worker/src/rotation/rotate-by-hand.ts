import { parseArgs } from 'node:util'
import { endApiKeys } from './end-api-keys.ts'
import { listKeys } from './list-keys.ts'
import { openRotation, type Rotation } from './open-rotation.ts'
import { rotateEncryption } from './rotate-encryption.ts'
import { rotateKeys } from './rotate-keys.ts'
import { rotateLogIns } from './rotate-log-ins.ts'

/** What a rotation says while it goes on. */
export type Said = AsyncGenerator<string>

const usage = `npx pnpm@12 secrets:rotate NAME, of:
  jwks          what access tokens are signed with      [--revoke: those signed before are good no more]
  session       what cookies are sealed with            [--revoke: and everybody logs in again]
  encryption    ENCRYPTION_KEYS, a step each time: a new key is added, then used, then the old ones go
  database      the passwords of DATABASE_*_URL that stand in files or in AWS Secrets Manager
  api-keys      those of customers end                  [--days 7] [--organization ID]`

const rotations = {
  jwks: (rotation, { revoke }) => rotateKeys(rotation, { purpose: 'signing', revoke }),
  session: (rotation, { revoke }) => rotateKeys(rotation, { purpose: 'cookie', revoke }),
  encryption: rotateEncryption,
  'api-keys': endApiKeys,
} as const satisfies Readonly<Record<string, (rotation: Rotation, options: Options) => Said>>

export interface Options {
  readonly revoke: boolean
  readonly days: number
  readonly organization: string | null
}

/** Rotates what the words name, or lists what there is; throws an Error that says what is wrong. */
export async function* rotateByHand(words: readonly string[]): Said {
  const { name, options } = readWords(words)
  if (name === 'database') {
    yield* rotateLogIns()
    return
  }
  await using rotation = await openRotation()
  if (name === undefined) {
    yield* listKeys(rotation)
    yield `\n${usage}`
    return
  }
  yield* rotations[name](rotation, options)
}

function readWords(words: readonly string[]) {
  const { values, positionals } = parse(words)
  const [name, ...others] = positionals
  const { days = '7', organization = null, revoke = false } = values
  const isUuid =
    organization === null || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(organization)
  const isDays = /^\d{1,2}$/.test(days) && Number(days) <= 90
  const isTaken = Object.keys(values).every((word) => takenBy[word]?.includes(name ?? ''))
  if (!isKnown(name) || others.length > 0 || !isDays || !isUuid || !isTaken) throw new Error(usage)
  return { name, options: { revoke, days: Number(days), organization } }
}

/** Which names take which of the words behind them. */
const takenBy: Readonly<Record<string, readonly string[]>> = {
  revoke: ['jwks', 'session'],
  days: ['api-keys'],
  organization: ['api-keys'],
}

const isKnown = (
  name: string | undefined,
): name is 'database' | keyof typeof rotations | undefined =>
  name === undefined || name === 'database' || Object.hasOwn(rotations, name)

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        revoke: { type: 'boolean' },
        days: { type: 'string' },
        organization: { type: 'string' },
      },
      allowPositionals: true,
    })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : ''}\n${usage}`, { cause: error })
  }
}
