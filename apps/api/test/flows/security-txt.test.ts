import { expect, it } from 'vitest'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi

useWorld((made) => {
  ;({ api } = made)
})

async function read({ url }: TestApi) {
  const answer = await request(`${url}/.well-known/security.txt`)
  const fields = answer.text.split('\n').map((line) => line.split(/: (.*)/).slice(0, 2))
  return { answer, fields: Object.fromEntries(fields) }
}

it('says where to report a vulnerability, and for how long that is so (RFC 9116)', async () => {
  const { answer, fields } = await read(api)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(fields).toMatchObject({
    Contact: 'mailto:no-reply@localhost',
    Canonical: `${api.services.config.baseUrl}/.well-known/security.txt`,
  })
  const daysLeft = (Date.parse(fields.Expires) - Date.now()) / (24 * 60 * 60 * 1_000)
  expect(daysLeft).toBeGreaterThan(170)
  expect(daysLeft).toBeLessThan(365)
})

it('names whom SECURITY_CONTACT says', async () => {
  const other = await startApi({
    environment: { SECURITY_CONTACT: 'https://acme.test/security' },
  })
  expect((await read(other)).fields).toMatchObject({ Contact: 'https://acme.test/security' })
  await other.close()
})
