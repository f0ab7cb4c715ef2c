import { existsSync } from 'node:fs'

interface Places {
  /** Comes first where it is given. */
  readonly named: string | undefined
  readonly usual: readonly string[]
}

/** The first of these paths that is there; null without any. */
export function findProgram(
  { named, usual }: Places,
  isThere: (path: string) => boolean = existsSync,
): string | null {
  return [...(named ? [named] : []), ...usual].find(isThere) ?? null
}
