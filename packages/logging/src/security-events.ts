interface Meaning {
  readonly level: 'info' | 'warn' | 'error' | 'fatal'
  /** What stands behind the colon, in this order. */
  readonly says: readonly SecurityField[]
  readonly description: string
}

export type SecurityField = 'userId' | 'action' | 'target' | 'reason'

const user = ['userId'] as const
const onWhat = ['userId', 'target'] as const
const asked = ['userId', 'action'] as const
const ended = ['userId', 'reason'] as const
const found = ['target', 'reason'] as const

/**
 * The security events that are logged, by the names of OWASP's Application Logging Vocabulary and at its levels,
 * CRITICAL as `error`; what anybody can bring about at will stays a warning, so that nobody is woken by it.
 */
export const securityEvents = {
  authn_login_success: { level: 'info', says: user, description: 'somebody logged in' },
  authn_login_fail: { level: 'warn', says: user, description: 'a log-in or a credential failed' },
  authn_login_fail_max: { level: 'warn', says: found, description: 'log-ins failed too often' },
  authn_login_lock: { level: 'warn', says: ended, description: 'log-ins are locked for a while' },
  authn_impossible_travel: {
    level: 'warn',
    says: found,
    description: 'a key was used from somewhere new',
  },
  authn_password_change: { level: 'info', says: user, description: 'a password was changed' },
  authn_password_change_fail: {
    level: 'warn',
    says: user,
    description: 'a password was not changed',
  },
  authn_token_created: { level: 'info', says: onWhat, description: 'a key or token was made' },
  authn_token_revoked: { level: 'info', says: onWhat, description: 'a key or token was revoked' },
  authn_token_reuse: { level: 'error', says: onWhat, description: 'a token was used twice' },
  authz_admin: { level: 'warn', says: asked, description: 'an administrator acted' },
  authz_change: { level: 'warn', says: onWhat, description: 'what somebody may do was changed' },
  authz_fail: { level: 'warn', says: asked, description: 'somebody may not do this' },
  excess_rate_limit_exceeded: { level: 'warn', says: asked, description: 'a limit was reached' },
  input_validation_fail: { level: 'warn', says: asked, description: 'an input was refused' },
  malicious_cors: { level: 'warn', says: user, description: 'another site sent a request' },
  malicious_excess_404: { level: 'warn', says: found, description: 'many requests were refused' },
  malicious_extraneous: { level: 'warn', says: found, description: 'many calls were refused' },
  privilege_permissions_changed: {
    level: 'warn',
    says: onWhat,
    description: 'the permissions of a role were changed',
  },
  sensitive_create: { level: 'warn', says: onWhat, description: 'something sensitive was made' },
  sensitive_read: { level: 'warn', says: asked, description: 'something sensitive was read' },
  sensitive_update: { level: 'warn', says: onWhat, description: 'something sensitive changed' },
  sensitive_delete: { level: 'warn', says: onWhat, description: 'something sensitive was deleted' },
  session_created: { level: 'info', says: ended, description: 'a session began' },
  session_renewed: { level: 'info', says: user, description: 'a session was confirmed' },
  session_expired: { level: 'info', says: ended, description: 'a session was ended' },
  session_use_after_expire: {
    level: 'warn',
    says: user,
    description: 'a session that is over was used',
  },
  sys_startup: { level: 'warn', says: [], description: 'ready' },
  sys_shutdown: { level: 'warn', says: ['reason'], description: 'stopping' },
  sys_crash: { level: 'fatal', says: ['reason'], description: 'crashing' },
  upload_complete: { level: 'info', says: onWhat, description: 'a file was uploaded' },
  upload_delete: { level: 'info', says: onWhat, description: 'a file was deleted' },
  upload_validation: { level: 'warn', says: ['target', 'reason'], description: 'a file failed' },
  user_created: { level: 'warn', says: onWhat, description: 'a user was created' },
  user_deleted: { level: 'warn', says: onWhat, description: 'a user was deleted' },
  user_updated: { level: 'warn', says: onWhat, description: 'a user was changed' },
} as const satisfies Readonly<Record<string, Meaning>>

export type SecurityEventName = keyof typeof securityEvents
