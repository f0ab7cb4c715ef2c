import type { Signer } from '@aws-sdk/rds-signer'

/**
 * Makes the password of a new connection: a token of RDS IAM authentication, signed with the credentials that the AWS SDK
 * finds, and good for 15 minutes to log in by (G36).
 */
export function createRdsLogIn(region: string): (url: string) => Promise<string> {
  // A signer keeps the credentials that it was given, for as long as they are good.
  const signers = new Map<string, Signer>()
  return async (url) => {
    // Who logs in by a password loads no SDK.
    const rds = await import('@aws-sdk/rds-signer')
    const { hostname, port, username: name } = new URL(url)
    const username = decodeURIComponent(name)
    const whose = `${username}@${hostname}:${port}`
    const options = { region, hostname, port: Number(port || 5_432), username }
    const signer = signers.get(whose) ?? new rds.Signer(options)
    signers.set(whose, signer)
    return signer.getAuthToken()
  }
}
