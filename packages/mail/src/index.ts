export { type OutboxMail, readOutbox } from './file-outbox.ts'
export type { Mail } from './mail.ts'
export { createMailer, type Mailer } from './mailer.ts'
