import { setTimeout as sleep } from 'node:timers/promises'
import { type KeyPurpose, lookSeconds } from '@repo/auth'
import type { Rotation } from './open-rotation.ts'
import type { Said } from './rotate-by-hand.ts'

// Whoever has just read the JWKS asks for it again half a minute later at the earliest.
const aheadSeconds = 60

interface Wanted {
  readonly purpose: KeyPurpose
  readonly revoke: boolean
}

/** The next key of a purpose; when it ends every process knows it. */
export async function* rotateKeys({ keys, database }: Rotation, { purpose, revoke }: Wanted): Said {
  if (revoke) {
    await keys.revoke(purpose)
    if (purpose === 'cookie') {
      const [row] = await database.query<{ ended: number }>({
        name: 'jobs_end_sessions',
        text: 'SELECT jobs.end_sessions() AS ended',
        values: [],
      })
      yield `${row?.ended ?? 0} sessions have ended.`
    }
  }
  const usedFrom = revoke ? new Date() : await keys.rotate(purpose, { aheadSeconds })
  await sleep((lookSeconds + 1) * 1_000)
  yield revoke
    ? 'A new key is used. What was made with those before is good no more.'
    : `A new key is published, and used from ${usedFrom.toISOString()}. What was made with those before stays good.`
}
