import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { SecretSourceError } from './secret-source.ts'

/** By AWS_REGION where no region is named. What fails for a while is tried again with a jitter, four times within some ten seconds. */
export const createAwsClient = (region?: string): SecretsManagerClient =>
  new SecretsManagerClient({
    ...(region !== undefined && { region }),
    maxAttempts: 5,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      throwOnRequestTimeout: true,
    }),
  })

// Of the answers, those that name what whoever operates it has to mend.
const reasons: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'names no secret',
  AccessDeniedException: 'names a secret that this role has no right to',
  DecryptionFailure: 'names a secret whose KMS key this role may not use',
  InvalidRequestException: 'names a secret that is being deleted',
  InvalidParameterException: 'names a secret that was changed meanwhile',
}

/** Throws SecretSourceError for what Secrets Manager answered, or did not. */
export function explainAws(cause: unknown): never {
  const name = cause instanceof Error ? cause.name : 'unknown'
  const reason = reasons[name] ?? `cannot be read: AWS Secrets Manager did not answer (${name})`
  throw new SecretSourceError(reason, { cause })
}
