import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { startSmtpServer } from '@repo/mail/testing'
import { openSql, startReceiver } from '@repo/testing'
import { expect } from 'vitest'
import type { TestApi } from './start-api.ts'

const path = { webhook: '/hook', slack: '/slack', pagerduty: '/v2/enqueue' } as const

/** One receiver of each kind that an alert can go to, and the settings of a worker that leads to them. */
export async function startAlertReceivers() {
  const secret = randomBytes(32).toString('base64')
  const arrivals = new Map<unknown, number>()
  let held: ServerResponse[] | null = null
  const http = await startReceiver({
    answer(response, { headers, path: asked }) {
      arrivals.set(headers['webhook-id'], performance.now())
      response.writeHead(204)
      if (held && asked.startsWith(path.webhook)) held.push(response)
      else response.end()
    },
  })
  const smtp = await startSmtpServer()
  const at = (name: keyof typeof path) => `http://127.0.0.1:${http.port}${path[name]}`
  const bodiesAt = (name: keyof typeof path) =>
    http.received.filter((one) => one.path.split('?')[0] === path[name])
  return {
    secret,
    /** Its webhooks say which worker they are of. */
    settingsOf: (worker: number) => ({
      SMTP_URL: `smtp://127.0.0.1:${smtp.port}`,
      ALERT_WEBHOOK_URL: `${at('webhook')}?worker=${worker}`,
      ALERT_WEBHOOK_SECRETS: secret,
      ALERT_SLACK_URL: at('slack'),
      ALERT_PAGERDUTY_KEY: randomBytes(16).toString('hex'),
      ALERT_PAGERDUTY_URL: at('pagerduty'),
      ALERT_EMAILS: 'ops@acme.test',
    }),
    /** Keeps webhooks waiting for their answer, until `letGo`. */
    holdWebhooks() {
      const waiting: ServerResponse[] = []
      held = waiting
      return {
        count: () => waiting.length,
        letGo() {
          held = null
          for (const response of waiting) response.end()
        },
      }
    },
    /** What has come for an alert, by each way: ids, and mails by their text. */
    findDeliveries(id: string) {
      return {
        webhook: bodiesAt('webhook').filter(({ headers }) => headers['webhook-id'] === id),
        slack: bodiesAt('slack').filter(({ body }) => body.includes(id)),
        pagerduty: bodiesAt('pagerduty').filter(({ body }) => body.includes(`"dedup_key":"${id}"`)),
        email: smtp.mails.filter(({ text }) => text.includes(id)),
      }
    },
    /** When an alert's webhook was there, by the clock of `performance`. */
    arrivedAt: (id: string) => arrivals.get(id) ?? Number.NaN,
    async close() {
      await Promise.all([http.close(), smtp.close()])
    },
  }
}

/** Resolves when no delivery of an alert is waiting or under way. */
export async function deliveriesSettled(api: TestApi, timeout = 60_000): Promise<void> {
  const sql = openSql(api.database.ownerUrl)
  const waiting = `SELECT name FROM pgboss.job WHERE name LIKE 'alert%' AND state < 'completed'`
  await expect.poll(() => sql.run(waiting), { timeout }).toEqual([])
  await sql.close()
}
