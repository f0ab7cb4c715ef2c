/** Where secrets are kept under ids: AWS Secrets Manager, or whatever else keeps them. */
export interface SecretSource {
  /** The secret as it is now; throws SecretSourceError. */
  read(id: string): Promise<string>
}

/** Why a secret could not be read: the rest of a sentence that begins with the variable, without its value. */
export class SecretSourceError extends Error {
  override readonly name = 'SecretSourceError'
}
