import type { AddressBlock, AddressBlocks } from './address-blocks.ts'

/** How a call ended, and where it came from. */
export interface ObservedEvent {
  readonly action: string
  readonly outcome: 'success' | 'denied' | 'failed'
  readonly code: string | null
  /** What counts as one address; null for one that is never blocked, such as a trusted proxy. */
  readonly key: string | null
}

export interface Alert {
  readonly rule: 'failed_log_ins'
  readonly block: AddressBlock
}

export interface Detection {
  /** Resolves when what follows from the event is in force; never rejects. */
  observe(event: ObservedEvent): Promise<void>
}

/** What proves somebody, and did not. */
const logIns: ReadonlySet<string> = new Set([
  'auth.login',
  'auth.mfa.recovery.verify',
  'auth.mfa.totp.verify',
  'auth.passkeys.login',
])
const failures: ReadonlySet<string> = new Set(['invalid_credentials', 'invalid_code'])

/** Acts on what is seen: ten failed log-ins of one address within five minutes close it (G27, G31). */
export function createDetection(options: {
  readonly blocks: AddressBlocks
  /** Whether an address may fail once more: false for the tenth of five minutes. */
  readonly mayFailAgain: (key: string) => Promise<boolean>
  readonly onAlert: (alert: Alert) => void
  readonly onError: (error: unknown) => void
}): Detection {
  const { blocks, mayFailAgain, onAlert, onError } = options
  return {
    async observe({ action, outcome, code, key }) {
      const isFailedLogIn = outcome === 'denied' && logIns.has(action) && failures.has(code ?? '')
      if (!isFailedLogIn || key === null) return
      try {
        if (await mayFailAgain(key)) return
        onAlert({ rule: 'failed_log_ins', block: await blocks.block(key, 'failed_log_ins') })
      } catch (error) {
        onError(error)
      }
    },
  }
}
