import { openWritableVariable, SecretSourceError, withVerifiedTls } from '@repo/config'
import { logInRotation, withPasswordOf } from '@repo/database'
import type { Said } from './rotate-by-hand.ts'

const names = ['DATABASE_URL', 'DATABASE_PLATFORM_URL', 'DATABASE_WORKER_URL'] as const

/** A new password for each role whose URL stands in a file or a secret; no process that reads it there loses a request (G36). */
export async function* rotateLogIns(): Said {
  const problems: string[] = []
  let rotated = 0
  for (const name of names) {
    const outcome = await rotateLogIn(name).catch((error: unknown) => {
      if (!(error instanceof SecretSourceError)) throw new Error(`${name}: ${messageOf(error)}`)
      problems.push(`${name} ${error.message}.`)
      return 'failed' as const
    })
    if (outcome === 'not given') yield `${name}: not given here, and not rotated.`
    if (outcome !== 'rotated') continue
    rotated += 1
    yield `${name}: a new password, and the one before is dead.`
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))
  if (rotated === 0) throw new Error(`None of ${names.join(', ')} is given.`)
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Each step can be done again: a rotation that was cut off is carried to its end by the next one. */
async function rotateLogIn(name: string): Promise<'rotated' | 'not given'> {
  const variable = await openWritableVariable(name)
  if (!variable) return 'not given'
  const { value: current } = await variable.read()
  const left = await variable.readStaged()
  if (!new URL(current).password) throw new Error('its URL has no password.')
  const next = withVerifiedTls(
    left === null ? logInRotation.renew(current) : withPasswordOf(current, left),
  )
  const reached = withVerifiedTls(current)
  const published = withPasswordOf(current, next)
  await logInRotation.alone(left === null ? [reached] : [reached, next], async () => {
    if (published !== left) await variable.stage(published)
    await logInRotation.set(reached, next)
    await logInRotation.test(next, reached)
    await variable.publish(published)
  })
  return 'rotated'
}
