import { randomUUID } from 'node:crypto'
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  UpdateSecretVersionStageCommand,
  type UpdateSecretVersionStageCommandInput,
} from '@aws-sdk/client-secrets-manager'
import { createAwsClient, explainAws } from './aws-client.ts'

type Stage = 'AWSCURRENT' | 'AWSPENDING'

/** One version of a secret of AWS Secrets Manager. */
export interface SecretVersion {
  readonly id: string
  readonly text: string
  readonly createdAt: Date
}

/** The versions of a secret by their stages; each throws SecretSourceError. */
export interface SecretVersions {
  /** Null where no version has the stage, or it is no text. */
  find(stage: Stage): Promise<SecretVersion | null>
  /** Keeps a version at AWSPENDING: read by nobody who serves. `token` names it, so that it is kept once. */
  stage(text: string, token?: string): Promise<void>
  /** Makes `next` the version of AWSCURRENT, and `current` that of AWSPREVIOUS; refused where that is not current any more. */
  promote(next: SecretVersion, current: SecretVersion): Promise<void>
}

export function openAwsSecretVersions(secretId: string, region?: string): SecretVersions {
  const client = createAwsClient(region)
  const move = (stage: Omit<UpdateSecretVersionStageCommandInput, 'SecretId'>) =>
    client
      .send(new UpdateSecretVersionStageCommand({ SecretId: secretId, ...stage }))
      .catch(explainAws)
  return {
    async find(stage) {
      const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage })
      const found = await client.send(command).catch((error: unknown) => {
        if (stage === 'AWSPENDING' && error instanceof ResourceNotFoundException) return null
        return explainAws(error)
      })
      const { VersionId: id, SecretString: text, CreatedDate: createdAt } = found ?? {}
      return id && text !== undefined ? { id, text, createdAt: createdAt ?? new Date(0) } : null
    },
    async stage(text, token = randomUUID()) {
      const version = { SecretId: secretId, ClientRequestToken: token, SecretString: text }
      const stages = { VersionStages: ['AWSPENDING'] }
      await client.send(new PutSecretValueCommand({ ...version, ...stages })).catch(explainAws)
    },
    async promote(next, current) {
      const versions = { MoveToVersionId: next.id, RemoveFromVersionId: current.id }
      await move({ VersionStage: 'AWSCURRENT', ...versions })
      // What is not pending any more is no rotation that was cut off.
      await move({ VersionStage: 'AWSPENDING', RemoveFromVersionId: next.id })
    },
  }
}
