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
  two_credentials: {
    status: 400,
    title: 'Two credentials',
    message: 'A request may carry one credential only.',
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
  cross_site_request: {
    status: 403,
    title: 'Cross-site request',
    message: 'The request came from a site that may not send it.',
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
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    message: 'Too many requests: try again later.',
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
  overloaded: {
    status: 503,
    title: 'Overloaded',
    message: 'The service has too much to do: try again later.',
  },
} as const satisfies Readonly<Record<string, CodeMeaning>>

export type ErrorCode = keyof typeof errorCodes
