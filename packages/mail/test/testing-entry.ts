export { deliverMails } from './deliver-mails.ts'
export { type SmtpServerSettings, startSmtpServer } from './start-smtp-server.ts'
