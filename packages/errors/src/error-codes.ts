interface CodeMeaning {
  readonly status: number
  readonly title: string
  readonly message: string
}

/** Every failure a caller can meet. Codes are public and stable; messages never hold a value. */
export const errorCodes = {
  bad_request: {
    status: 400,
    title: 'Bad request',
    message: 'The request could not be understood.',
  },
  invalid_input: {
    status: 400,
    title: 'Invalid input',
    message: 'Some of the input is missing or not allowed.',
  },
  organization_required: {
    status: 400,
    title: 'Organization required',
    message: 'You belong to several organizations: name one in x-organization-id.',
  },
  invalid_passkey: {
    status: 400,
    title: 'Invalid passkey',
    message: 'The passkey could not be verified.',
  },
  two_credentials: {
    status: 400,
    title: 'Two credentials',
    message: 'A request may carry one credential only.',
  },
  invalid_link: {
    status: 400,
    title: 'Invalid link',
    message: 'This link has been used, has expired, or never was one of ours: ask for a new one.',
  },
  credential_in_url: {
    status: 400,
    title: 'Credential in the URL',
    message: 'An API key may not be sent in the URL, where others can read it: make a new one.',
  },
  invalid_idempotency_key: {
    status: 400,
    title: 'Invalid Idempotency-Key',
    message: 'An Idempotency-Key is 1 to 255 visible ASCII characters, in quotes or without.',
  },
  idempotency_not_supported: {
    status: 400,
    title: 'Idempotency-Key not supported',
    message: 'This answer cannot be kept for an Idempotency-Key: send the request without one.',
  },
  unauthenticated: {
    status: 401,
    title: 'Not signed in',
    message: 'This needs a signed-in caller.',
  },
  // One answer for an unknown e-mail and a wrong password.
  invalid_credentials: {
    status: 401,
    title: 'Invalid credentials',
    message: 'The e-mail or the password is wrong.',
  },
  // One answer for a wrong code and one that was used.
  invalid_code: {
    status: 401,
    title: 'Invalid code',
    message: 'The code is wrong or was used already.',
  },
  invalid_token: {
    status: 401,
    title: 'Invalid token',
    message: 'The credential is invalid, expired or revoked.',
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    message: 'You may not do this.',
  },
  // RFC 9470 answers 401 for bearer tokens; a cookie is still good here, only too old.
  step_up_required: {
    status: 403,
    title: 'Step-up required',
    message: 'Confirm who you are first: this needs an authentication of the last 15 minutes.',
  },
  session_required: {
    status: 403,
    title: 'Session required',
    message: 'This can be done by a signed-in person only, not by a key or a token.',
  },
  second_factor_required: {
    status: 403,
    title: 'Second factor required',
    message: 'Your organization requires a second factor: set one up and log in with it.',
  },
  impersonating: {
    status: 403,
    title: 'Impersonating',
    message: 'Whoever acts as somebody else cannot do this: it is for the user themselves.',
  },
  cross_site_request: {
    status: 403,
    title: 'Cross-site request',
    message: 'The request came from a site that may not send it.',
  },
  insecure_transport: {
    status: 403,
    title: 'Insecure transport',
    message: 'API keys are accepted over HTTPS only.',
  },
  not_through_cdn: {
    status: 403,
    title: 'Not through the CDN',
    message: 'This service is reached through its public address only.',
  },
  https_required: {
    status: 403,
    title: 'HTTPS required',
    message: 'This is served over HTTPS only: what came here could be read on its way.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    message: 'There is nothing here that you may see.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    message: 'This address does not answer to that method.',
  },
  request_timeout: {
    status: 408,
    title: 'Request timeout',
    message: 'The request took too long to arrive.',
  },
  not_acceptable: {
    status: 406,
    title: 'Not acceptable',
    message: 'Answers are JSON, and whole: streams are not served.',
  },
  conflict: {
    status: 409,
    title: 'Conflict',
    message: 'This contradicts what already exists.',
  },
  quota_exceeded: {
    status: 409,
    title: 'Quota exceeded',
    message: 'Your files have reached their limit: delete some first.',
  },
  file_pending: {
    status: 409,
    title: 'File pending',
    message: 'The file has not been scanned yet: try again shortly.',
  },
  file_infected: {
    status: 403,
    title: 'File infected',
    message: 'The file was found to be harmful: nobody can download it.',
  },
  idempotency_in_progress: {
    status: 409,
    title: 'Still in progress',
    message: 'The first request with this Idempotency-Key is still running: ask again shortly.',
  },
  precondition_failed: {
    status: 412,
    title: 'Precondition failed',
    message: 'This has changed since you read it: read it again.',
  },
  payload_too_large: {
    status: 413,
    title: 'Payload too large',
    message: 'The body of the request is too large.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    message: 'The content type of the request is not accepted here.',
  },
  misdirected_request: {
    status: 421,
    title: 'Misdirected request',
    message: 'This service does not answer for that host.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'Idempotency-Key reused',
    message: 'This Idempotency-Key was used for another request: choose a new one.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    message: 'Too many requests: try again later.',
  },
  address_blocked: {
    status: 429,
    title: 'Address blocked',
    message: 'Too many log-ins from this address have failed: try again later.',
  },
  headers_too_large: {
    status: 431,
    title: 'Headers too large',
    message: 'The headers of the request are too large.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    message: 'Something went wrong on our side.',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable',
    message: 'The service cannot answer right now: try again later.',
  },
  files_off: {
    status: 503,
    title: 'Files are off',
    message: 'This installation keeps no files.',
  },
  platform_off: {
    status: 503,
    title: 'Administration is off',
    message: 'This process does not serve administrators of the platform.',
  },
  overloaded: {
    status: 503,
    title: 'Overloaded',
    message: 'The service has too much to do: try again later.',
  },
} as const satisfies Readonly<Record<string, CodeMeaning>>

export type ErrorCode = keyof typeof errorCodes
