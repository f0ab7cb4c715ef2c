const keyForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Throws for what is no key of ours: no path, host or query can be made of one. */
export function requireKey(key: string): string {
  if (!keyForm.test(key)) throw new Error('A storage key is a UUID in lower case.')
  return key
}
