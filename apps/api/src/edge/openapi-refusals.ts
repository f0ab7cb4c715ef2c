import { headersOf } from './openapi-headers.ts'

const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }

/** What every route may answer. */
export const refusals = {
  '400': 'The request or its input is not valid.',
  '401': 'Nobody is logged in.',
  '403': 'The caller may not do this.',
  '404': 'There is no such object for this caller.',
  '429': 'Too many requests; Retry-After says when to come back.',
  '500': 'A fault of ours; the log tells more by the requestId.',
  '503': 'Not available for the moment.',
} as const

export const changeRefusals = { '409': 'This contradicts what already exists.' } as const

export const bodyRefusals = {
  '413': 'The body is too large.',
  '415': 'The body is of another media type.',
} as const

export const transferRefusals = {
  upload: {
    '409': "The caller's quota is used up.",
    '413': 'The file is too large.',
    '415': 'The content is of no kind that is kept.',
  },
  download: { '409': 'The file has not been scanned yet.' },
  lines: {},
} as const

export const describeRefusals = (meanings: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(meanings).map(([status, description]) => [
      status,
      { description, headers: headersOf(status), content },
    ]),
  )
