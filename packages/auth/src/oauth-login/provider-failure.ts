import { AppError } from '@repo/errors'
import * as client from 'openid-client'

/** The person said no, or has to do something at the provider first (RFC 6749, section 4.1.2.1). */
const notTheirWill: ReadonlySet<string> = new Set([
  ...['access_denied', 'login_required', 'interaction_required', 'consent_required'],
  'account_selection_required',
])

/** What is wrong with an answer that somebody can have made up, or used before. */
const refusedAnswers: ReadonlySet<string> = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
  'OAUTH_UNSUPPORTED_OPERATION',
])

/**
 * What a caller is told: `invalid_credentials` where the person did not go on, `bad_request` for an answer
 * that is not good, and `unavailable` where the provider, or what we know of it, is to be mended.
 */
export function toProviderFailure(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError(codeOf(error), { cause: error })
}

function codeOf(error: unknown) {
  if (error instanceof client.AuthorizationResponseError) {
    return notTheirWill.has(error.error) ? 'invalid_credentials' : 'unavailable'
  }
  if (error instanceof client.ResponseBodyError) {
    return error.error === 'invalid_grant' ? 'bad_request' : 'unavailable'
  }
  const isRefused = error instanceof client.ClientError && refusedAnswers.has(error.code ?? '')
  return isRefused ? 'bad_request' : 'unavailable'
}
