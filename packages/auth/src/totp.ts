import { Secret, TOTP } from 'otpauth'

// RFC 6238 as every authenticator app knows it; 160 bits as RFC 4226, section 4, recommends.
const profile = { algorithm: 'SHA1', digits: 6, period: 30 }
const secretBytes = 20
// RFC 6238, section 5.2: a step either way, for clocks that differ and codes typed late.
const stepsEitherWay = 1

/** A random secret of 160 bits in base32, as authenticator apps take it. */
export const generateTotpSecret = (): string => new Secret({ size: secretBytes }).base32

/** What a QR code for an authenticator app says. */
export function formatTotpUri(secret: string, issuer: string, label: string): string {
  return new TOTP({ ...profile, secret, issuer, label }).toString()
}

/** The step of 30 seconds whose code this is, the present one or its neighbours; null for no such code. */
export function findTotpStep(secret: string, code: string, now: Date): number | null {
  // The library throws for six letters that are more than six bytes.
  if (!/^[0-9]{6}$/.test(code)) return null
  const totp = new TOTP({ ...profile, secret })
  const timestamp = now.getTime()
  const delta = totp.validate({ token: code, timestamp, window: stepsEitherWay })
  return delta === null ? null : totp.counter({ timestamp }) + delta
}
