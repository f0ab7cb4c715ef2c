/** Why something failed, in a word: a code or a name, nothing that quotes a request, a URL or an answer. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code === 'string') return code
  return error.cause instanceof Error ? reasonOf(error.cause) : error.name
}
