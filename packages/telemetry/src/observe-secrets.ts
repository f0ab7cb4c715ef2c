import type { Meter } from './meter.ts'
import { observeNumber } from './observe-number.ts'

/** How long the secrets of the process (`OpenConfig` of @repo/config) could not be read anew. */
export const observeSecrets = (
  meter: Meter,
  { unreadSeconds }: { readonly unreadSeconds: () => number },
): void =>
  observeNumber(meter, {
    kind: 'gauge',
    name: 'rampart_secrets_unread_seconds',
    help: 'How long files and secrets of the configuration could not be read anew; the last good values are used',
    read: unreadSeconds,
  })
