import type { Environment } from './environment.ts'

const sample =
  /change[-_ ]?me|example|sample|password|secret|letmein|^(postgres|rampart|redis|admin|test|dev)$/i
const minSecretLength = 16

/** What development may do and production may not (G33); sentences, without the values. */
export function productionProblems(values: Environment): string[] {
  const problems = [
    !values.BASE_URL && 'BASE_URL: is missing',
    values.BASE_URL?.startsWith('http:') && 'BASE_URL: must be https in production',
    values.DATABASE_OWNER_URL &&
      'DATABASE_OWNER_URL: does not belong here; only migrations may hold the owner',
    values.UPSTASH_REDIS_REST_TOKEN?.startsWith('embedded-') &&
      'UPSTASH_REDIS_REST_TOKEN: the embedded Redis is for development and tests only',
    ...['DATABASE_URL', 'REDIS_URL'].map(
      (name) =>
        isWeak(passwordIn(Reflect.get(values, name))) &&
        `${name}: its password is a sample, or shorter than ${minSecretLength} characters`,
    ),
    isWeak(values.UPSTASH_REDIS_REST_TOKEN ?? null) &&
      `UPSTASH_REDIS_REST_TOKEN: is a sample, or shorter than ${minSecretLength} characters`,
  ]
  return problems.filter((problem) => typeof problem === 'string')
}

const isWeak = (secret: string | null) =>
  secret !== null && (secret.length < minSecretLength || sample.test(secret))

/** The password of a URL, null where it has none (a socket, a certificate, IAM). */
function passwordIn(url: unknown): string | null {
  if (typeof url !== 'string') return null
  const [first = ''] = url.split(',')
  const password = URL.canParse(first) ? new URL(first).password : ''
  return password === '' ? null : decodeURIComponent(password)
}
