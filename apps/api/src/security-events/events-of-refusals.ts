import type { ErrorCode } from '@repo/errors'
import type { ToldEvent } from './told-event.ts'

const fault = { none: 'ours to mend: an error of the log, with its cause' } as const
const one = { none: 'one is a slip; many are for the detection to see' } as const
const state = { none: 'how things stand, and no attempt at anything' } as const

/** What is told of a refusal, by its code. */
export const eventsOfRefusals: Readonly<Record<ErrorCode, ToldEvent>> = {
  bad_request: 'input_validation_fail',
  invalid_input: 'input_validation_fail',
  organization_required: 'input_validation_fail',
  invalid_passkey: 'input_validation_fail',
  two_credentials: 'input_validation_fail',
  invalid_link: 'authn_login_fail',
  credential_in_url: 'authn_login_fail',
  invalid_idempotency_key: 'input_validation_fail',
  idempotency_not_supported: 'input_validation_fail',
  unauthenticated: { none: 'nobody said who they are; with a session that is over it is told' },
  invalid_credentials: 'authn_login_fail',
  invalid_code: 'authn_login_fail',
  invalid_token: 'authn_login_fail',
  forbidden: 'authz_fail',
  step_up_required: { none: 'a good session that is only too old: the client asks again' },
  session_required: 'authz_fail',
  second_factor_required: 'authz_fail',
  impersonating: 'authz_fail',
  cross_site_request: 'malicious_cors',
  insecure_transport: 'authn_login_fail',
  not_through_cdn: 'authz_fail',
  https_required: { none: 'a link of old: whoever follows it is sent to HTTPS' },
  file_infected: { none: 'told when it was found' },
  not_found: one,
  method_not_allowed: one,
  request_timeout: state,
  not_acceptable: one,
  conflict: state,
  quota_exceeded: state,
  file_pending: state,
  idempotency_in_progress: state,
  precondition_failed: state,
  payload_too_large: 'input_validation_fail',
  unsupported_media_type: 'input_validation_fail',
  misdirected_request: 'input_validation_fail',
  idempotency_key_reused: 'input_validation_fail',
  rate_limited: 'excess_rate_limit_exceeded',
  address_blocked: 'excess_rate_limit_exceeded',
  headers_too_large: 'input_validation_fail',
  internal: fault,
  unavailable: fault,
  files_off: fault,
  platform_off: fault,
  overloaded: fault,
}

/** Where the same code means something else: by action, then by code. */
export const eventsOfActions: Readonly<Record<string, Readonly<Record<string, ToldEvent>>>> = {
  'auth.password.change': { invalid_credentials: 'authn_password_change_fail' },
  'auth.password.reset': { invalid_link: 'authn_password_change_fail' },
  'files.create': { unsupported_media_type: 'upload_validation' },
  'oauth.codeReuse': { invalid_grant: 'authn_token_reuse' },
  'oauth.tokenReuse': { invalid_grant: 'authn_token_reuse' },
  // RFC 6749, sections 4.1.2.1 and 5.2; any other code of it is an input that was refused.
  'oauth.token': { invalid_client: 'authn_login_fail', invalid_grant: 'authn_login_fail' },
  'oauth.introspect': { invalid_client: 'authn_login_fail' },
  'oauth.revoke': { invalid_client: 'authn_login_fail' },
  'oauth.authorize': { access_denied: { none: 'a person said no, as they may' } },
}
