import { STATUS_CODES } from 'node:http'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, errorCodes } from './error-codes.ts'

// The promise to clients: changing a line here breaks one of them.
const promised: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  invalid_input: 400,
  organization_required: 400,
  invalid_passkey: 400,
  two_credentials: 400,
  credential_in_url: 400,
  invalid_link: 400,
  invalid_idempotency_key: 400,
  idempotency_not_supported: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  invalid_code: 401,
  invalid_token: 401,
  forbidden: 403,
  step_up_required: 403,
  session_required: 403,
  second_factor_required: 403,
  impersonating: 403,
  cross_site_request: 403,
  insecure_transport: 403,
  not_through_cdn: 403,
  https_required: 403,
  file_infected: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  not_acceptable: 406,
  conflict: 409,
  quota_exceeded: 409,
  file_pending: 409,
  idempotency_in_progress: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  misdirected_request: 421,
  idempotency_key_reused: 422,
  rate_limited: 429,
  address_blocked: 429,
  headers_too_large: 431,
  internal: 500,
  unavailable: 503,
  files_off: 503,
  platform_off: 503,
  overloaded: 503,
}

describe('errorCodes', () => {
  it('keeps every code and status that clients rely on', () => {
    const statuses = Object.entries(errorCodes).map(([code, { status }]) => [code, status])
    expect(Object.fromEntries(statuses)).toEqual(promised)
  })

  it.each(Object.entries(errorCodes))('%s reads well', (code, { status, title, message }) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(STATUS_CODES).toHaveProperty(String(status))
    // The title also stands in a status line, which is printable ASCII.
    expect(title).toMatch(/^[A-Z][A-Za-z -]+$/)
    expect(message).toMatch(/^[A-Z].+\.$/)
  })
})
