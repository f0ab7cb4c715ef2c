import { randomBytes } from 'node:crypto'
import { openMailTransport, parseSender } from '@repo/mail'
import { type SmtpServerSettings, startSmtpServer } from '@repo/mail/testing'
import { createOutbound } from '@repo/outbound'
import { type ReceiverSettings, startReceiver } from '@repo/testing'
import type { DeliverableAlert } from '../src/alert.ts'
import type { SendMail } from '../src/channels/email.ts'
import { type AlertChannelOptions, createAlertChannels } from '../src/create-alert-channels.ts'
import { DeliveryFailed } from '../src/delivery-failed.ts'

export const baseUrl = 'https://api.acme.test'
export const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`
export const routingKey = 'R0uT1nGkEy0123456789abcdefABCDEF'
export const slackPath = '/services/T00/B00/sL4cKs3cr3tPaTh'

export const alert: DeliverableAlert = {
  id: '018f3c5e-7d2a',
  rule: 'failed-logins-by-address',
  severity: 'critical',
  subject: '203.0.113.7',
  summary: 'Ten failed log-ins from one address within five minutes',
  count: 12,
  firstAt: new Date('2030-01-02T03:00:00.000Z'),
  lastAt: new Date('2030-01-02T03:04:05.678Z'),
}

const patient = { headersTimeoutMs: 20_000, timeoutMs: 20_000 }

/** Opens what a test needs, and closes it in reverse. */
export function createBench() {
  const cleanUps: (() => Promise<unknown>)[] = []
  return {
    async receiver(settings?: ReceiverSettings) {
      const receiver = await startReceiver(settings)
      cleanUps.push(receiver.close)
      return { ...receiver, url: `http://127.0.0.1:${receiver.port}` }
    },
    async mailServer(settings?: SmtpServerSettings) {
      const server = await startSmtpServer(settings)
      cleanUps.push(server.close)
      return { ...server, sendMail: openSender(server.port, cleanUps) }
    },
    async close() {
      for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
    },
  }
}

function openSender(port: number, cleanUps: (() => Promise<unknown>)[]): SendMail {
  const transport = openMailTransport(`smtp://127.0.0.1:${port}`)
  cleanUps.push(async () => transport.close())
  const from = parseSender('Rampart <no-reply@acme.test>')
  return (mail, signal) =>
    transport.deliver({ ...mail, from, sequence: 0, time: new Date() }, signal)
}

type Settings = Partial<AlertChannelOptions> & { readonly headersTimeoutMs?: number }

/** The channels of these settings, which reach loopback. */
export function channelsOf({ headersTimeoutMs, ...settings }: Settings) {
  const clocks = headersTimeoutMs === undefined ? patient : { ...patient, headersTimeoutMs }
  return createAlertChannels({
    outbound: createOutbound({ allowedNetworks: ['127.0.0.0/8'], ...clocks }),
    sendMail: async () => {
      throw new Error('No mail is expected.')
    },
    baseUrl,
    ...settings,
  })
}

/** Delivers by each channel once; of each `undefined`, or what it failed with. */
export function deliver(settings: Settings, changes: Partial<DeliverableAlert> = {}) {
  const { signal } = new AbortController()
  const attempts = channelsOf(settings).map((channel) =>
    channel.deliver({ ...alert, ...changes }, signal).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof DeliveryFailed) return error
        throw error
      },
    ),
  )
  return Promise.all(attempts)
}
