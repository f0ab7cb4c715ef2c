import { hasOutdated } from '../renew-encryption.ts'
import type { Rotation } from './open-rotation.ts'
import type { Said } from './rotate-by-hand.ts'

/** The keys of the installation, and whether anything is under an older one of ENCRYPTION_KEYS; never a key itself. */
export async function* listKeys(rotation: Rotation): Said {
  const { config, keys } = rotation
  const [known, isBehind] = await Promise.all([keys.list(), hasOutdated(rotation)])
  for (const { purpose, id, usedFrom, endsAt, isUsed } of known) {
    const until = endsAt === null ? '' : `, ends ${endsAt.toISOString()}`
    yield `${purpose} key ${id}: ${isUsed ? 'in use since' : 'used from'} ${usedFrom.toISOString()}${until}`
  }
  const [first, ...others] = config.encryptionKeys.map(({ id }) => id)
  yield `ENCRYPTION_KEYS: ${first} encrypts${others.length > 0 ? `, ${others.join(', ')} decrypt` : ''}; ${
    isBehind ? 'some values are under another one' : 'everything is under it'
  }`
}
