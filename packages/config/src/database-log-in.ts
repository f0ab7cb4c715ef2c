import { databaseVariables, withVerifiedTls } from './database-transport.ts'
import type { Environment } from './environment.ts'
import { isRegion, regionRule } from './is-region.ts'
import type { Variables } from './redis-config.ts'
import { Secret } from './secret.ts'

type Told = Pick<Environment, 'DATABASE_LOGIN' | 'AWS_REGION' | 'NODE_ENV'>

export const readRdsRegion = ({ DATABASE_LOGIN, AWS_REGION = '' }: Told): string | null =>
  DATABASE_LOGIN === 'rds-iam' ? AWS_REGION : null

/** A token of RDS goes over the wire as it is: never without TLS. */
export function toDatabaseUrl(url: string, { DATABASE_LOGIN, NODE_ENV }: Told): Secret {
  const hasToken = DATABASE_LOGIN === 'rds-iam'
  return new Secret(NODE_ENV === 'production' || hasToken ? withVerifiedTls(url, hasToken) : url)
}

/** Sentences, without the values. */
export function findLogInProblems(given: Variables): readonly string[] {
  if (given['DATABASE_LOGIN'] !== 'rds-iam') return []
  const region = isRegion(given['AWS_REGION'])
    ? []
    : [`${regionRule}: DATABASE_LOGIN=rds-iam needs one.`]
  const passwords = databaseVariables
    .filter((name) => URL.parse(given[name] ?? '')?.password)
    .map((name) => `${name} has a password, which DATABASE_LOGIN=rds-iam does not use.`)
  return [...region, ...passwords]
}
