/** A mail to one bare address: in plain text, and in HTML beside it where somebody has written that. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** The same, for who would rather look: its writer has escaped what it quotes, and it loads nothing. */
  readonly html?: string
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
