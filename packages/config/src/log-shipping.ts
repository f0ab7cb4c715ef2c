import { z } from 'zod'
import { isRegion, regionRule } from './is-region.ts'
import { type OtlpHeaders, otlpHeaders } from './otlp-headers.ts'
import { receiverUrl } from './receiver-url.ts'
import type { Variables } from './redis-config.ts'
import { sentencesOf } from './rules.ts'
import { Secret } from './secret.ts'

/** Where the log goes beside standard output; each may be null, and all of them: then it goes nowhere else. */
export interface LogShippingConfig {
  /** As receivers know this installation: `production`, `staging`. */
  readonly environment: string
  readonly cloudWatch: { readonly region: string; readonly logGroup: string } | null
  /** `authorization` is the whole header; null where the cluster asks for none. */
  readonly elasticsearch: { readonly url: string; readonly authorization: Secret | null } | null
  readonly otlp: { readonly url: string; readonly headers: OtlpHeaders } | null
}

/** The variables by themselves, for the API and the worker alike. */
export const logShippingVariables = {
  LOG_ENVIRONMENT: z
    .string()
    .regex(/^[a-z0-9_]{1,40}$/, 'must be up to 40 of a-z, 0-9 and _')
    .optional(),
  // The platform may give it to anybody: what it says is asked only where it is used.
  AWS_REGION: z.string().optional(),
  LOG_CLOUDWATCH_GROUP: z
    .string()
    .regex(/^[\w./#-]{1,512}$/, 'must be up to 512 letters, digits and . _ - / #')
    .optional(),
  LOG_ELASTICSEARCH_URL: receiverUrl.optional(),
  LOG_ELASTICSEARCH_API_KEY: z
    .string()
    .regex(/^[\w+/-]{16,}={0,2}$/, 'must be an API key as Elasticsearch encodes it, in base64')
    .optional(),
  LOG_ELASTICSEARCH_USERNAME: z
    .string()
    .regex(/^[^:\p{Cc}]+$/u, 'must hold no colon')
    .optional(),
  LOG_ELASTICSEARCH_PASSWORD: z.string().optional(),
  OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: receiverUrl.optional(),
  OTEL_EXPORTER_OTLP_LOGS_HEADERS: otlpHeaders.optional(),
}

const variables = z.object(logShippingVariables)

type LogShippingVariables = z.infer<typeof variables>

/** What is told for more than shipping. */
interface Shared {
  readonly NODE_ENV: string
  readonly OTEL_EXPORTER_OTLP_HEADERS: OtlpHeaders
}

/** What the variables say together. */
export function readLogShipping(values: LogShippingVariables & Shared): LogShippingConfig {
  const { LOG_CLOUDWATCH_GROUP: logGroup, AWS_REGION: region = '' } = values
  const { LOG_ELASTICSEARCH_URL: url, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: endpoint } = values
  const headers = values.OTEL_EXPORTER_OTLP_LOGS_HEADERS ?? values.OTEL_EXPORTER_OTLP_HEADERS
  return Object.freeze({
    environment: values.LOG_ENVIRONMENT ?? values.NODE_ENV,
    cloudWatch: logGroup === undefined ? null : Object.freeze({ region, logGroup }),
    elasticsearch:
      url === undefined ? null : Object.freeze({ url, authorization: authorizationOf(values) }),
    otlp: endpoint === undefined ? null : Object.freeze({ url: endpoint, headers }),
  })
}

function authorizationOf(values: LogShippingVariables): Secret | null {
  const { LOG_ELASTICSEARCH_API_KEY: key, LOG_ELASTICSEARCH_USERNAME: user } = values
  if (key !== undefined) return new Secret(`ApiKey ${key}`)
  if (user === undefined) return null
  const pair = `${user}:${values.LOG_ELASTICSEARCH_PASSWORD}`
  return new Secret(`Basic ${Buffer.from(pair).toString('base64')}`)
}

/** What is wrong with them together, in sentences without values. */
export function findLogShippingProblems(given: Variables): readonly string[] {
  const has = (name: keyof LogShippingVariables) => given[name] !== undefined
  const hasPassword = has('LOG_ELASTICSEARCH_PASSWORD')
  const hasUser = has('LOG_ELASTICSEARCH_USERNAME')
  const hasKey = has('LOG_ELASTICSEARCH_API_KEY')
  return sentencesOf([
    [
      has('LOG_CLOUDWATCH_GROUP') && !isRegion(given['AWS_REGION']),
      `${regionRule}: LOG_CLOUDWATCH_GROUP needs one.`,
    ],
    [
      (hasKey || hasUser || hasPassword) && !has('LOG_ELASTICSEARCH_URL'),
      'LOG_ELASTICSEARCH_URL is missing.',
    ],
    [
      hasUser !== hasPassword,
      'LOG_ELASTICSEARCH_USERNAME and LOG_ELASTICSEARCH_PASSWORD: give both or none.',
    ],
    [
      hasKey && hasUser,
      'LOG_ELASTICSEARCH_API_KEY and LOG_ELASTICSEARCH_USERNAME: give one of them.',
    ],
    [
      has('OTEL_EXPORTER_OTLP_LOGS_HEADERS') && !has('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT'),
      'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT is missing.',
    ],
  ])
}
