/** A mail in plain text to one bare address. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** A mail that was taken and waits to be sent. */
export interface WaitingMail extends Mail {
  readonly time: Date
  /** Counts the mails of one process, so that those of one millisecond keep their order. */
  readonly sequence: number
}

/** All that a mail needs to be sent, the same on every attempt. */
export interface Letter extends WaitingMail {
  readonly messageId: string
  readonly from: Sender
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
