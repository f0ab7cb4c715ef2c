import { withVerifiedTls } from '@repo/config/transport'
import { logInRotation, withPasswordOf } from '@repo/database/log-in-rotation'

const isPostgresUrl = (value: unknown): value is string =>
  typeof value === 'string' && /^postgres(ql)?:\/\//.test(value) && URL.canParse(value)

/** The URLs of a secret, by their fields; an empty field for a secret that is one. Throws where there is none. */
function urlsOf(secret: string): ReadonlyMap<string, string> {
  const urls = urlsIn(secret)
  if (urls.size === 0) throw new Error('The secret holds no URL of a Postgres.')
  return urls
}

function urlsIn(secret: string): ReadonlyMap<string, string> {
  if (isPostgresUrl(secret)) return new Map([['', secret]])
  const fields = Object.entries(parse(secret))
  return new Map(fields.filter((field): field is [string, string] => isPostgresUrl(field[1])))
}

function parse(secret: string): object {
  try {
    const value: unknown = JSON.parse(secret)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    // The error would show what it could not parse.
    return {}
  }
}

/** What is done with every URL of a secret. */
export const rotateUrls = {
  /** The secret with new passwords, one for each role; with those of `kept` where a rotation was cut off. */
  renew(secret: string, kept: string | null): string {
    const before = kept === null ? new Map<string, string>() : urlsIn(kept)
    const next = new Map<string, string>()
    const renewed = [...urlsOf(secret)].map(([field, url]) => {
      const role = roleOf(url)
      const source = next.get(role) ?? before.get(field) ?? logInRotation.renew(url)
      next.set(role, source)
      return [field, withPasswordOf(url, source)] as const
    })
    if (isPostgresUrl(secret)) return String(renewed[0]?.[1])
    return JSON.stringify({ ...parse(secret), ...Object.fromEntries(renewed) })
  },
  async set(current: string, next: string): Promise<void> {
    const before = urlsOf(current)
    for (const [field, url] of urlsOf(next)) {
      const reached = withVerifiedTls(url, true)
      await logInRotation.set(withVerifiedTls(before.get(field) ?? url, true), reached)
      await logInRotation.test(reached)
    }
  },
  async test(next: string): Promise<void> {
    const urls = [...urlsOf(next).values()].map((url) => withVerifiedTls(url, true))
    await Promise.all(urls.map((url) => logInRotation.test(url)))
  },
} as const

/** Which role of which server a URL is of. */
function roleOf(url: string): string {
  const { username, host } = new URL(url)
  return `${username}@${host}`
}
