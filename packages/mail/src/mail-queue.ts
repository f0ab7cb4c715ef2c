import { AppError } from '@repo/errors'
import { DeliveryError } from './delivery-error.ts'
import type { Letter, MailTransport } from './mail.ts'

export interface Failure {
  readonly attempt: number
  readonly willRetry: boolean
  readonly messageId: string
}

export interface MailQueueOptions {
  readonly deliver: MailTransport['deliver']
  readonly onFailed: (error: unknown, failure: Failure) => void
  readonly retryDelaysMs: readonly number[]
}

interface Entry {
  readonly letter: Letter
  attempts: number
}

const maxWaiting = 1_000
const maxSending = 2
const attemptMs = 10_000
const closeMs = 5_000

/** Hands letters over in the background, two at once, each again after the delays while that may help. */
export function createMailQueue({ deliver, onFailed, retryDelaysMs }: MailQueueOptions) {
  const ready: Entry[] = []
  const resting = new Map<Entry, NodeJS.Timeout>()
  const sending = new Map<Entry, AbortController>()
  const drained = Promise.withResolvers<void>()
  let closing: Promise<void> | undefined

  const countWaiting = () => ready.length + resting.size + sending.size

  function sendReady(): void {
    while (sending.size < maxSending) {
      const entry = ready.shift()
      if (entry === undefined) break
      void attempt(entry)
    }
    if (closing && countWaiting() === 0) drained.resolve()
  }

  async function attempt(entry: Entry): Promise<void> {
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), attemptMs)
    sending.set(entry, controller)
    entry.attempts += 1
    const error = await deliver(entry.letter, controller.signal).then(
      () => undefined,
      (reason: unknown) => reason ?? new Error('The mail was not sent.'),
    )
    clearTimeout(timer)
    sending.delete(entry)
    if (error !== undefined) fail(entry, error)
    sendReady()
  }

  function fail(entry: Entry, error: unknown): void {
    const permanent = error instanceof DeliveryError && error.permanent
    const delayMs = permanent || closing ? undefined : retryDelaysMs[entry.attempts - 1]
    if (delayMs !== undefined) rest(entry, delayMs)
    report(entry, error, delayMs !== undefined)
  }

  function rest(entry: Entry, delayMs: number): void {
    // Up to 25 % either way: what failed together does not come back together.
    const timer = setTimeout(() => wake(entry), delayMs * (0.75 + Math.random() / 2))
    resting.set(entry, timer.unref())
  }

  function wake(entry: Entry): void {
    clearTimeout(resting.get(entry))
    resting.delete(entry)
    ready.push(entry)
    sendReady()
  }

  function report({ letter, attempts }: Entry, error: unknown, willRetry: boolean): void {
    onFailed(error, { attempt: attempts, willRetry, messageId: letter.messageId })
  }

  async function drain(): Promise<void> {
    for (const entry of [...resting.keys()]) wake(entry)
    const timer = setTimeout(giveUp, closeMs)
    // Not before `closing` is set, which sendReady and fail look at.
    setImmediate(sendReady)
    await drained.promise
    clearTimeout(timer)
  }

  function giveUp(): void {
    const error = new Error('The mailer closed before the mail could be sent.')
    for (const entry of ready.splice(0)) report(entry, error, false)
    for (const controller of sending.values()) controller.abort()
  }

  return {
    countWaiting,
    /** Throws AppError: overloaded when 1000 letters wait, unavailable once closed. */
    add(letter: Letter): void {
      if (closing) throw new AppError('unavailable')
      if (countWaiting() >= maxWaiting) throw new AppError('overloaded')
      ready.push({ letter, attempts: 0 })
      // Composing a mail takes time: not within the caller's turn.
      setImmediate(sendReady)
    },
    /** Tries what waits once more, for 5 s at most; reports the rest. */
    close(): Promise<void> {
      closing ??= drain()
      return closing
    },
  }
}
