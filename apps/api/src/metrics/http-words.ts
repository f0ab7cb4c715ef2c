import { STATUS_CODES } from 'node:http'

export const httpMethods = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'] as const

/** Those that Node knows, and 499: the caller went away. */
export const httpStatuses: readonly string[] = [...Object.keys(STATUS_CODES), '499']
