/** The procedures that end with a log-in of ours, and what proves somebody there. */
export const logInWays: ReadonlyMap<string, string> = new Map([
  ['auth.login', 'password'],
  ['auth.mfa.recovery.verify', 'recovery_code'],
  ['auth.mfa.totp.verify', 'totp'],
  ['auth.passkeys.login', 'passkey'],
])
