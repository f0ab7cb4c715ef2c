import type { Logger } from '@repo/logging'

/** What came of reading the secrets again (`Reading` of @repo/config). */
type Reading =
  | { readonly kind: 'changed'; readonly names: readonly string[] }
  | { readonly kind: 'failed'; readonly problems: readonly string[] }

/** Says which secrets have changed, and which could not be read; never a value. */
export const tellReadings =
  (logger: Logger, { used }: { readonly used: ReadonlySet<string> }) =>
  (reading: Reading): void => {
    if (reading.kind === 'failed') {
      const { problems } = reading
      logger.error({ problems }, 'secrets could not be read anew: those before are used')
      return
    }
    const waiting = reading.names.filter((name) => !used.has(name))
    logger.warn({ variables: reading.names }, 'secrets have changed')
    if (waiting.length > 0) {
      logger.warn({ variables: waiting }, 'these are used from the next start on')
    }
  }
