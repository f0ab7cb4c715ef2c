import { isRegion, regionRule } from '../is-region.ts'
import { withoutEmpty } from '../load-config.ts'
import type { Variables } from '../redis-config.ts'
import type { SecretVersions } from './aws-secret-versions.ts'
import { openFileVariable } from './file-variable.ts'
import { bundle } from './read-references.ts'
import { findReferences } from './references.ts'
import { parseFields } from './secret-fields.ts'
import { SecretSourceError } from './secret-source.ts'
import { openSecretVariable } from './secret-variable.ts'

/** The value of a variable where it stands, to be replaced there (G35). Each throws SecretSourceError. */
export interface WritableVariable {
  /** As everybody reads it, and since when. */
  read(): Promise<{ readonly value: string; readonly changedAt: Date }>
  /**
   * A next value that was kept and not published: of a rotation that was cut off. Null where there is none; throws where
   * what was kept is another variable's.
   */
  readStaged(): Promise<string | null>
  /** Keeps the next value where nobody reads it yet; throws where it could not be published. */
  stage(next: string): Promise<void>
  /** Makes this value, which was kept, the one that everybody reads; throws where it is not the kept one any more. */
  publish(value: string): Promise<void>
}

/**
 * Where a variable's value stands: in a file, or in AWS Secrets Manager. Null for one that is given nowhere; throws
 * SecretSourceError for one of the environment.
 */
export async function openWritableVariable(
  name: string,
  variables: Variables = process.env,
): Promise<WritableVariable | null> {
  const given = withoutEmpty(variables)
  if (given[name] !== undefined) {
    throw new SecretSourceError(
      'stands in the environment, which nothing can write to: name a file or a secret',
    )
  }
  const reference = (await findReferences(given)).find((one) => one.name === name)
  if (reference?.kind === 'file') return openFileVariable(reference.at)
  const [id, field] = (reference?.at ?? `${given[bundle] ?? ''}#${name}`).split('#')
  if (!id) return null
  const { AWS_REGION: region, SECRETS_PROVIDER: provider } = given
  if (provider !== 'aws') throw new SecretSourceError('needs SECRETS_PROVIDER=aws')
  if (!isRegion(region)) throw new SecretSourceError(`cannot be read: ${regionRule}`)
  const { openAwsSecretVersions } = await import('./aws-secret-versions.ts')
  const versions = openAwsSecretVersions(id, region)
  if (!reference && !(await isBundled(versions, name))) return null
  return openSecretVariable(versions, field)
}

async function isBundled(versions: SecretVersions, name: string): Promise<boolean> {
  const current = await versions.find('AWSCURRENT')
  return current !== null && parseFields(current.text).has(name)
}
