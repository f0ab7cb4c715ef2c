// Longer ones would not fit into a cookie.
const maxLength = 1_000

/** Whether what is no part of a path is in it: a browser drops some of it, and reads the rest anew. */
const isOdd = (text: string) => /[\\\p{Cc}\p{Zl}\p{Zp}]/u.test(text)

/**
 * The path of this site that a text means, with its query; null for whatever might lead elsewhere
 * (open redirection), such as `//evil.test` or `/\evil.test`.
 */
export function readReturnPath(text: string, origin: string): string | null {
  if (text.length > maxLength || !/^\/(?!\/)/.test(text) || isOdd(text)) return null
  const url = URL.parse(text, origin)
  if (url?.origin !== origin) return null
  const path = url.pathname + url.search
  // `/.//evil.test` is resolved to `//evil.test`; and other letters take more room than they did.
  return path.startsWith('//') || path.length > maxLength ? null : path
}
