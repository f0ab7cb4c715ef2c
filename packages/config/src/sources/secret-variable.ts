import type { SecretVersion, SecretVersions } from './aws-secret-versions.ts'
import type { WritableVariable } from './open-writable-variable.ts'
import { parseFields, readField, writeField } from './secret-fields.ts'
import { SecretSourceError } from './secret-source.ts'

/** A secret of AWS Secrets Manager, or one field of its JSON: the next value is kept at AWSPENDING. */
export function openSecretVariable(
  versions: SecretVersions,
  field: string | undefined,
): WritableVariable {
  async function find() {
    const [current, pending] = await Promise.all([
      versions.find('AWSCURRENT'),
      versions.find('AWSPENDING'),
    ])
    if (!current) throw new SecretSourceError('names a secret that is no text')
    const isOver = pending === null || pending.id === current.id || pending.text === current.text
    return { current, pending: isOver ? null : pending }
  }

  /** Of two rotations at once the one would take what the other has kept. */
  function refuseOthers(current: SecretVersion, pending: SecretVersion): void {
    if (field === undefined) return
    const [before, after] = [parseFields(current.text), parseFields(pending.text)]
    const others = [...new Set([...before.keys(), ...after.keys()])]
      .filter((name) => name !== field && before.get(name) !== after.get(name))
      .toSorted()
    if (others.length === 0) return
    throw new SecretSourceError(
      `names a secret with a rotation that was not finished, of ${others.join(', ')}: finish that one first`,
    )
  }

  return {
    async read() {
      const { current } = await find()
      return { value: readField(current.text, field), changedAt: current.createdAt }
    },
    async readStaged() {
      const { current, pending } = await find()
      if (!pending) return null
      refuseOthers(current, pending)
      return readField(pending.text, field)
    },
    async stage(next) {
      const { current, pending } = await find()
      if (pending) refuseOthers(current, pending)
      await versions.stage(writeField(current.text, field, next))
    },
    async publish(value) {
      const { current, pending } = await find()
      if (!pending || readField(pending.text, field) !== value) {
        throw new SecretSourceError('names a secret that was changed meanwhile')
      }
      refuseOthers(current, pending)
      await versions.promote(pending, current)
    },
  }
}
