import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { createAwsClient, explainAws } from './aws-client.ts'
import { type SecretSource, SecretSourceError } from './secret-source.ts'

/** AWS Secrets Manager, by the SDK's own chain of credentials: the version at stage AWSCURRENT. */
export function openAwsSecretsManager(region: string): SecretSource {
  const client = createAwsClient(region)
  return {
    async read(id) {
      const command = new GetSecretValueCommand({ SecretId: id, VersionStage: 'AWSCURRENT' })
      const { SecretString: text } = await client.send(command).catch(explainAws)
      if (text === undefined) throw new SecretSourceError('names a secret that is no text')
      return text
    },
  }
}
