import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

/** The catcher of mails of the tests' installation, by SMTP: every mail is a line of JSON on standard output. */
new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  async onData(stream, { envelope }, done) {
    const to = envelope.rcptTo.map(({ address }) => address)
    process.stdout.write(`${JSON.stringify({ to, raw: await text(stream) })}\n`)
    done()
  },
}).listen(1025, '0.0.0.0')
