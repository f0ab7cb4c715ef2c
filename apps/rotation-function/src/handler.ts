import { openAwsSecretVersions, type SecretVersion, type SecretVersions } from '@repo/config/aws'
import { rotateUrls } from './rotate-urls.ts'

/** What AWS Secrets Manager asks of a rotation function, one step after the other, each until it succeeds. */
export interface RotationEvent {
  readonly SecretId: string
  /** Names the version that is being made. */
  readonly ClientRequestToken: string
  readonly Step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret'
}

type Act = (versions: SecretVersions, token: string) => Promise<void>

/**
 * Every step can be done again: what it was to do and is done already is left as it is. A password is published as soon
 * as Postgres knows it, so that nobody is refused between two steps.
 */
const steps: Readonly<Record<RotationEvent['Step'], Act>> = {
  async createSecret(versions, token) {
    const [current, pending] = await find(versions)
    if (current.id === token || pending?.id === token) return
    // What a rotation that was cut off has kept may be what Postgres knows.
    await versions.stage(rotateUrls.renew(current.text, pending?.text ?? null), token)
  },
  async setSecret(versions, token) {
    const [current, pending] = await find(versions)
    if (current.id === token) return
    const next = require(pending, token)
    await rotateUrls.set(current.text, next.text)
    await versions.promote(next, current)
  },
  async testSecret(versions, token) {
    const [current, pending] = await find(versions)
    await rotateUrls.test(current.id === token ? current.text : require(pending, token).text)
  },
  async finishSecret(versions, token) {
    const [current, pending] = await find(versions)
    if (current.id !== token) await versions.promote(require(pending, token), current)
  },
}

async function find(versions: SecretVersions) {
  const [current, pending] = await Promise.all([
    versions.find('AWSCURRENT'),
    versions.find('AWSPENDING'),
  ])
  if (!current) throw new Error('The secret is no text.')
  return [current, pending?.id === current.id ? null : pending] as const
}

function require(pending: SecretVersion | null, token: string): SecretVersion {
  if (pending?.id !== token) throw new Error('The version of this rotation is not pending.')
  return pending
}

/**
 * The rotation function of AWS Secrets Manager for a secret that holds the URL of a Postgres role, or several of them as
 * fields of JSON (G35, G36): each role gives itself a new password.
 */
export async function handler(event: RotationEvent): Promise<void> {
  const act = Object.hasOwn(steps, event.Step) ? steps[event.Step] : null
  if (!act) throw new Error(`There is no step ${event.Step}.`)
  await act(openAwsSecretVersions(event.SecretId), event.ClientRequestToken)
}
