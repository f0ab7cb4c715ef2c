export { deliverMails } from './deliver-mails.ts'
export { startSmtpServer } from './start-smtp-server.ts'
