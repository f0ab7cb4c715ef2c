import type { Database } from '@repo/database'
import type { Encryption } from '@repo/encryption'
import { createAskIdentity } from '../identity-functions.ts'
import { generateKeyId, type KeyPurpose, keyContext, keyPurposes } from './key-purposes.ts'

export interface RotatingKey {
  readonly id: string
  readonly text: string
}

/** The keys of one purpose as they are now, whoever adds and ends them (G35). */
export interface RotatingKeys {
  /**
   * The one in use is first; the others are known ahead, or good for what was made with them. None where this process
   * can open none that is good.
   */
  current(): readonly RotatingKey[]
  /** Looks for others at once; of those who ask together and right after each other all get one look. Never rejects. */
  refresh(): Promise<void>
  /** Called after each look that found others, or another one in use. */
  watch(listener: () => void): void
  close(): void
}

export interface RotatingKeysOptions {
  readonly database: Database
  readonly encryption: Encryption
  readonly clock: () => Date
  readonly purpose: KeyPurpose
  /** A look failed, the first of a row; those before are used. */
  readonly onError: (error: unknown) => void
}

/** How late a process knows a new key, or that one has ended. */
export const lookSeconds = 5
const leastMs = 1_000

interface KeyRow {
  readonly id: string
  readonly sealed: string
  readonly used_from: Date
}

/** Opens the keys of a purpose, and makes the first; throws where ENCRYPTION_KEYS lacks the one that they are under. */
export async function openRotatingKeys(options: RotatingKeysOptions): Promise<RotatingKeys> {
  const { clock, purpose, onError } = options
  const ask = createAskIdentity(options.database)
  const opener = createOpener(options)
  const listeners: (() => void)[] = []
  const list = () => ask<KeyRow>('list_rotating_keys', purpose, clock())
  const known = await list()
  let keys = arrange(known.length > 0 ? known : await makeFirst(options), clock()).map(opener.open)
  let isFailing = false

  /** A key that cannot be opened is left out: it keeps none of the others good that has ended. */
  async function look(): Promise<void> {
    const failures: unknown[] = []
    const rows = await list().catch((error: unknown) => {
      failures.push(error)
      return null
    })
    const next = rows && arrange(opener.openable(rows, failures), clock()).map(opener.open)
    if (next && idsOf(next) !== idsOf(keys)) {
      keys = next
      for (const listener of listeners) attempt(listener, failures)
    }
    if (failures.length > 0 && !isFailing) onError(failures[0])
    isFailing = failures.length > 0
  }

  let looking: Promise<void> | null = null
  const refresh = () => {
    looking ??= look().finally(() => {
      setTimeout(() => {
        looking = null
      }, leastMs).unref()
    })
    return looking
  }
  const timer = setInterval(() => void refresh(), lookSeconds * 1_000).unref()
  return {
    current: () => keys,
    refresh,
    watch: (listener) => void listeners.push(listener),
    close: () => clearInterval(timer),
  }
}

function attempt(act: () => void, failures: unknown[]): void {
  try {
    act()
  } catch (error) {
    failures.push(error)
  }
}

const idsOf = (keys: readonly RotatingKey[]) => keys.map(({ id }) => id).join()

/** Rows come the newest first: the newest that may be used goes before all others. */
function arrange(rows: readonly KeyRow[], now: Date): readonly KeyRow[] {
  const used = rows.find((row) => row.used_from <= now) ?? rows.at(-1)
  return used ? [used, ...rows.filter((row) => row !== used)] : []
}

/** Each is decrypted once, and kept for as long as it is listed. */
function createOpener({ encryption, purpose }: RotatingKeysOptions) {
  const opened = new Map<string, RotatingKey>()

  function open({ id, sealed }: KeyRow): RotatingKey {
    const key = opened.get(id) ?? { id, text: openSealed(id, sealed) }
    opened.set(id, key)
    return key
  }

  function openSealed(id: string, sealed: string): string {
    try {
      return encryption.decrypt(sealed, keyContext(purpose, id))
    } catch (cause) {
      const message = `ENCRYPTION_KEYS cannot open the ${purpose} keys of this database: a key is missing.`
      throw new Error(message, { cause })
    }
  }

  return {
    open,
    /** Those that can be opened; why the others cannot goes to `failures`. */
    openable(rows: readonly KeyRow[], failures: unknown[]): readonly KeyRow[] {
      const listed = new Set(rows.map(({ id }) => id))
      for (const id of opened.keys()) if (!listed.has(id)) opened.delete(id)
      for (const row of rows) attempt(() => open(row), failures)
      return rows.filter(({ id }) => opened.has(id))
    },
  }
}

/** Of processes that start at once, all get the key of the first. */
async function makeFirst(options: RotatingKeysOptions): Promise<readonly KeyRow[]> {
  const { database, encryption, clock, purpose } = options
  const id = generateKeyId()
  const sealed = encryption.encrypt(await keyPurposes[purpose].generate(), keyContext(purpose, id))
  const ask = createAskIdentity(database)
  return ask<KeyRow>('ensure_rotating_key', id, purpose, sealed, clock())
}
