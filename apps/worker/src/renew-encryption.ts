import { sealedContexts } from '@repo/auth'
import type { Encryption } from '@repo/encryption'
import type { WorkerDatabase } from '@repo/jobs'
import { mailContext } from '@repo/mail'
import { webhookSecretContext } from '@repo/webhooks'

/** Everything that stands encrypted in the database, by the names of `jobs.list_sealed_values`. */
const contexts = {
  ...sealedContexts,
  'webhook-secret': webhookSecretContext,
  mail: () => mailContext,
} as const satisfies Readonly<Record<string, (place: string) => string>>

type Kind = keyof typeof contexts

/** How many values were put under the newest key; and how many could not, by kind. */
export interface Renewal {
  readonly renewed: number
  /** Under a key that ENCRYPTION_KEYS does not have, or damaged. */
  readonly lost: Readonly<Partial<Record<Kind, number>>>
}

interface Parts {
  readonly database: Pick<WorkerDatabase, 'query'>
  readonly encryption: Encryption
}

// A type, not an interface: rows have to be indexable.
type SealedValue = {
  readonly reference: string
  readonly place: string
  readonly value: string
}

const batch = 500
const kinds = Object.keys(contexts) as readonly Kind[]

/** Puts every value that is under another key of ENCRYPTION_KEYS under the first; whoever changes one meanwhile wins (G35). */
export async function renewEncryption(parts: Parts, signal?: AbortSignal): Promise<Renewal> {
  let renewed = 0
  const lost: Partial<Record<Kind, number>> = {}
  for (const kind of kinds) {
    for await (const value of listOutdated(parts, kind)) {
      signal?.throwIfAborted()
      const next = renew(value, contexts[kind](value.place), parts.encryption)
      if (next === null) lost[kind] = (lost[kind] ?? 0) + 1
      else if (await replace(parts, { kind, next, ...value })) renewed += 1
    }
  }
  return { renewed, lost }
}

/** Whether anything is under another key than the first. */
export async function hasOutdated(parts: Parts): Promise<boolean> {
  const found = await Promise.all(
    kinds.map((kind) => list(parts, { kind, after: null, atMost: 1 })),
  )
  return found.some((values) => values.length > 0)
}

async function* listOutdated(parts: Parts, kind: Kind): AsyncGenerator<SealedValue> {
  let after: string | null = null
  for (;;) {
    const values: readonly SealedValue[] = await list(parts, { kind, after, atMost: batch })
    yield* values
    if (values.length < batch) return
    after = values.at(-1)?.reference ?? null
  }
}

const list = (
  { database, encryption }: Parts,
  wanted: { readonly kind: Kind; readonly after: string | null; readonly atMost: number },
) =>
  database.query<SealedValue>({
    name: 'list_sealed_values',
    text: 'SELECT * FROM jobs.list_sealed_values($1, $2, $3, $4)',
    values: [wanted.kind, encryption.keyId(), wanted.after, wanted.atMost],
  })

function renew({ value }: SealedValue, context: string, encryption: Encryption): string | null {
  try {
    return encryption.encrypt(encryption.decrypt(value, context), context)
  } catch {
    return null
  }
}

async function replace(
  { database }: Parts,
  { kind, reference, value, next }: SealedValue & { readonly kind: Kind; readonly next: string },
): Promise<boolean> {
  const [row] = await database.query<{ replaced: boolean }>({
    name: 'replace_sealed_value',
    text: 'SELECT jobs.replace_sealed_value($1, $2, $3, $4) AS replaced',
    values: [kind, reference, value, next],
  })
  return row?.replaced ?? false
}
