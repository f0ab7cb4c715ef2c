import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createServer } from '../../src/server.ts'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'

let api: TestApi
let development: TestApi

beforeAll(async () => {
  api = await startApi()
  development = await startApi({ environment: { NODE_ENV: 'development' } })
})

afterAll(async () => {
  await api?.close()
  await development?.close()
})

const inlineScript = /<script(?![^>]*\bsrc=)|\bon\w+=|javascript:/i
const inlineStyle = /<style|\bstyle=/i
const anotherHost = /(src|href|action)="(https?:)?\/\//i

describe.each(['verify-email', 'reset-password', 'confirm-email', 'accept-invitation'])(
  '/account/%s',
  (name) => {
    it('is a page of nothing but files of ours, kept nowhere', async () => {
      const { status, headers, text } = await request(`${api.url}/account/${name}`)
      expect(status).toBe(200)
      expect(headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      for (const foreign of [inlineScript, inlineStyle, anotherHost]) {
        expect(text).not.toMatch(foreign)
      }
      expect(text).toContain('<script src="/account/page.js" defer></script>')
    })

    it('has a policy under which nothing inline runs and no form sends itself', async () => {
      const { headers } = await request(`${api.url}/account/${name}`)
      const policy = headers.get('content-security-policy')?.split(';')
      expect(policy?.toSorted()).toEqual([
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        'img-src data:',
        "script-src 'self'",
        "style-src 'self'",
      ])
    })
  },
)

it.each([
  ['page.js', 'text/javascript'],
  ['page.css', 'text/css'],
])('/account/%s is served as %s', async (name, type) => {
  const { status, headers, text } = await request(`${api.url}/account/${name}`)
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe(`${type}; charset=utf-8`)
  expect(text).not.toMatch(/https?:\/\//)
})

describe('/outbox', () => {
  const evil = '<script>alert(1)</script>'
  const ours = (path: string) => `${development.services.config.baseUrl}${path}`

  async function keepMail(mail: Readonly<Record<string, string>>): Promise<void> {
    await mkdir(development.outbox, { recursive: true })
    await writeFile(join(development.outbox, `${mail['time']}.json`), JSON.stringify(mail))
  }

  it('shows the mails of development, newest first, with whatever they hold as text', async () => {
    await keepMail({ to: 'a@b.test', subject: 'Older', time: '2026-01-01', text: 'Yes' })
    await keepMail({ to: evil, subject: `"${evil}'`, time: '2026-01-02', text: `& ${evil}` })
    const { status, headers, text } = await request(`${development.url}/outbox`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/)
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';style-src 'self';/)
    expect(headers.get('content-security-policy')).not.toMatch(/script-src|unsafe/)
    const escaped = '&lt;script&gt;alert(1)&lt;/script&gt;'
    expect(text).toContain(`<h2>&quot;${escaped}&#39;</h2>`)
    expect(text).toContain(`To ${escaped},`)
    expect(text).toContain(`<pre>&amp; ${escaped}</pre>`)
    expect(text).not.toContain('<script')
    expect(text.indexOf(escaped)).toBeLessThan(text.indexOf('Older'))
  })

  it('links to ourselves alone', async () => {
    const link = ours('/account/verify-email#token')
    const others = [
      'https://evil.test/',
      `${ours('')}.evil.test/`,
      `${ours('')}@evil.test/`,
      'javascript:alert(1)',
    ]
    const text = [link, ...others, `${ours('/')}"onclick="alert(1)`].join('\n')
    await keepMail({ to: 'a@b.test', subject: 'Links', time: '2026-01-03', text })
    const page = (await request(`${development.url}/outbox`)).text
    expect(page).toContain(`<a href="${link}">${link}</a>`)
    expect(page.match(/<a href="[^"]*/g)).toEqual([
      `<a href="${link}`,
      `<a href="${ours('/')}&quot;onclick=&quot;alert(1)`,
    ])
    for (const other of others) expect(page).toContain(other)
  })

  it.each([
    ['development', 200],
    ['test', 404],
    ['production', 404],
  ] as const)('in %s answers %i, though mails are kept in a folder', async (nodeEnv, expected) => {
    const { services } = development
    expect(services.config.smtpUrl.reveal()).toBe(pathToFileURL(development.outbox).href)
    const server = await createServer({ ...services, config: { ...services.config, nodeEnv } })
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    expect((await request(`${url}/outbox`)).status).toBe(expected)
    await server.close()
  })

  it('is no path in development that sends its mails', async () => {
    const sending = await startApi({
      environment: { NODE_ENV: 'development', SMTP_URL: 'smtp://127.0.0.1:2525' },
    })
    expect((await request(`${sending.url}/outbox`)).status).toBe(404)
    await sending.close()
  })
})
