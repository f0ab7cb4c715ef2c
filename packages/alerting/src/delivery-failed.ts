import { DeliveryError } from '@repo/mail'
import { OutboundError } from '@repo/outbound'
import type { AlertChannel } from './alert.ts'

interface DeliveryFailedOptions {
  readonly channel: AlertChannel['name']
  readonly permanent: boolean
  readonly code: string
  readonly retryAfterSeconds?: number | undefined
}

/** An alert that was not taken. It holds no URL, key, address or answer: it may be logged as it is. */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed'
  readonly channel: AlertChannel['name']
  /** Whether trying again is of no use before somebody has mended the configuration. */
  readonly permanent: boolean
  readonly code: string
  /** How long the receiver asks to be left alone. */
  readonly retryAfterSeconds: number | undefined

  constructor(message: string, options: DeliveryFailedOptions) {
    super(message)
    this.channel = options.channel
    this.permanent = options.permanent
    this.code = options.code
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** Awaits an attempt; what it was refused by becomes DeliveryFailed, a bug stays what it is. */
export async function reportFailure(
  channel: AlertChannel['name'],
  attempt: Promise<unknown>,
): Promise<void> {
  try {
    await attempt
  } catch (error) {
    throw toDeliveryFailed(channel, error) ?? error
  }
}

function toDeliveryFailed(channel: AlertChannel['name'], error: unknown): DeliveryFailed | null {
  if (error instanceof DeliveryError) {
    const { permanent, code } = error
    return new DeliveryFailed('The mail server did not take it.', { channel, permanent, code })
  }
  if (!(error instanceof OutboundError)) return null
  const { message, permanent, retryAfterSeconds, reason, code } = error
  return new DeliveryFailed(message, {
    channel,
    permanent,
    code: reason === undefined ? code : `${code} ${reason}`,
    retryAfterSeconds,
  })
}
