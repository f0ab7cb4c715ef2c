/** Every way a request can fail: a stable public code, its HTTP status, and what a caller is told. */
export const errorCodes = {
  bad_request: { status: 400, title: 'Bad request', detail: 'The request is not well-formed.' },
  invalid_input: {
    status: 400,
    title: 'Invalid input',
    detail: 'The input is not valid; errors lists every problem.',
  },
  organization_required: {
    status: 400,
    title: 'Organization required',
    detail: 'Say which organization this is about with the x-organization-id header.',
  },
  two_credentials: {
    status: 400,
    title: 'Two credentials',
    detail: 'Send either a cookie or an Authorization header, not both.',
  },
  unauthenticated: { status: 401, title: 'Not logged in', detail: 'Log in first.' },
  invalid_credentials: {
    status: 401,
    title: 'Log-in failed',
    detail: 'The e-mail address or the password is wrong.',
  },
  invalid_token: {
    status: 401,
    title: 'Invalid token',
    detail: 'The Authorization header holds no valid token.',
  },
  forbidden: { status: 403, title: 'Forbidden', detail: 'Your role does not allow this.' },
  cross_site_request: {
    status: 403,
    title: 'Cross-site request',
    detail: 'Requests that change something are not taken from other sites.',
  },
  not_found: { status: 404, title: 'Not found', detail: 'There is nothing here for you.' },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    detail: 'The Allow header lists the methods of this path.',
  },
  request_timeout: {
    status: 408,
    title: 'Request timeout',
    detail: 'The request did not arrive in time.',
  },
  conflict: { status: 409, title: 'Conflict', detail: 'This is in conflict with what exists.' },
  payload_too_large: {
    status: 413,
    title: 'Payload too large',
    detail: 'The body is larger than this API takes.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    detail: 'Send application/json.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    detail: 'Come back after the time in Retry-After.',
  },
  headers_too_large: {
    status: 431,
    title: 'Headers too large',
    detail: 'The headers are larger than this API takes.',
  },
  internal: { status: 500, title: 'Internal error', detail: 'Something went wrong on our side.' },
  unavailable: {
    status: 503,
    title: 'Unavailable',
    detail: 'Not available for the moment; try again shortly.',
  },
  overloaded: { status: 503, title: 'Overloaded', detail: 'Too much at once; try again shortly.' },
} as const satisfies Record<string, ErrorCodeEntry>

interface ErrorCodeEntry {
  readonly status: number
  readonly title: string
  readonly detail: string
}

export type ErrorCode = keyof typeof errorCodes
