/** A mail in plain text to one bare address. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** A mail that was taken: all it needs to be sent, the same on every attempt. */
export interface Letter extends Mail {
  readonly messageId: string
  readonly from: Sender
  readonly time: Date
  /** Counts the mails of one mailer, so that those of one millisecond keep their order. */
  readonly sequence: number
}

export interface Sender {
  readonly name: string
  readonly address: string
}

export interface MailTransport {
  /** Hands a letter over; rejects soon after `signal` aborts. */
  deliver(letter: Letter, signal: AbortSignal): Promise<void>
  close(): void
}
