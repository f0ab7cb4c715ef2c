import { expect, test } from 'vitest'
import { webhookDisabledMail } from './webhook-disabled-mail.ts'

const url = 'https://receiver.test:8443/hooks/s3cr3t?token=s3cr3t'
const baseUrl = 'https://api.acme.test'

test.each([
  ['gone', 'it answered 410 Gone'],
  ['failing', 'it has taken nothing for 5 days'],
])(
  'of an endpoint that is %s owners are told its host and why, and no more of it',
  (reason, why) => {
    const { subject, text } = webhookDisabledMail({ url, reason, baseUrl })
    expect(text).toContain('receiver.test:8443')
    expect(text).toContain(why)
    expect(text).toContain(baseUrl)
    expect(subject + text).not.toContain('s3cr3t')
  },
)
