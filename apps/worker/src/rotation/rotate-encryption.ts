import { randomBytes } from 'node:crypto'
import { openWritableVariable, SecretSourceError, type WritableVariable } from '@repo/config'
import { hasOutdated, renewEncryption } from '../renew-encryption.ts'
import type { Rotation } from './open-rotation.ts'
import type { Said } from './rotate-by-hand.ts'

const name = 'ENCRYPTION_KEYS'

/**
 * The next of three steps, each once every process has read the one before: a new key behind the others, then before
 * them, and then alone, once nothing is under another (G35).
 */
export async function* rotateEncryption(rotation: Rotation): Said {
  const variable = await openWritableVariable(name).catch(explain)
  if (!variable) throw new Error(`${name} is not given.`)
  const { value, changedAt } = await variable.read().catch(explain)
  const keys = value.split(',').map((key) => key.trim())
  requireSettled(changedAt, rotation)
  const newer = findNewer(keys)
  if (newer !== undefined) {
    await publish(variable, [newer, ...keys.filter((key) => key !== newer)])
    yield `${idOf(newer)} encrypts from now on. Once every process has read it: again, and the others go.`
    return
  }
  if (keys.length === 1) {
    const added = newKey(keys[0] ?? '')
    await publish(variable, [...keys, added])
    yield `${idOf(added)} is known. Once every process has read it: again, and it encrypts.`
    return
  }
  const { renewed } = await renewEncryption(rotation)
  if (await hasOutdated(rotation)) {
    throw new Error(
      `${renewed} values were put under ${idOf(keys[0] ?? '')}; some could not be, so that the other keys stay.`,
    )
  }
  await publish(variable, keys.slice(0, 1))
  yield `${renewed} values were put under ${idOf(keys[0] ?? '')}, which is the only key now.`
}

/** Twice as long as a process takes to read it. */
function requireSettled(changedAt: Date, { config }: Rotation): void {
  const settledAt = new Date(changedAt.getTime() + 2_000 * config.secretsRefreshSeconds)
  if (settledAt <= new Date()) return
  throw new Error(
    `Not every process may have read the last change of ${name} yet: again after ${settledAt.toISOString()}.`,
  )
}

async function publish(variable: WritableVariable, keys: readonly string[]): Promise<void> {
  await variable.stage(keys.join()).catch(explain)
  await variable.publish(keys.join()).catch(explain)
}

/** Named for the time it was made, by which one tells a key to come from one that goes. */
function newKey(first: string): string {
  const time = new Date()
    .toISOString()
    .replace(/[-:]|\.\d+Z/g, '')
    .toLowerCase()
  if (dateOf(time) <= dateOf(first)) {
    throw new Error(`${idOf(first)} is named for a time that has not come: look at the clock.`)
  }
  return `${time}:${randomBytes(32).toString('base64')}`
}

const idOf = (key: string) => key.split(':')[0] ?? ''

/** Of an id such as 20261128t001948 or 2026-11-28, as a number that grows; 0 for another, which is of before any of them. */
function dateOf(key: string): number {
  const digits = idOf(key).replace(/[-t]/g, '')
  return /^\d{8}(\d{6})?$/.test(digits) ? Number(digits.padEnd(14, '0')) : 0
}

/** The key that is to encrypt next, behind the one that does; throws where their names do not tell. */
function findNewer(keys: readonly string[]): string | undefined {
  const [first = '', ...others] = keys
  const unclear = others.find((key) => dateOf(key) === dateOf(first))
  if (unclear !== undefined) {
    throw new Error(
      `Whether ${idOf(first)} or ${idOf(unclear)} is the next key cannot be told from their names: put the next one first by hand, or name it for its day.`,
    )
  }
  return others.find((key) => dateOf(key) > dateOf(first))
}

function explain(error: unknown): never {
  if (!(error instanceof SecretSourceError)) throw error
  throw new Error(`${name} ${error.message}.`, { cause: error })
}
