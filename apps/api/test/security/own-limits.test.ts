import { type LimitName, limits } from '@repo/rate-limit'
import { createPng } from '@repo/testing'
import { expect, it } from 'vitest'
import type { World } from '../support/create-world.ts'
import { upload } from '../support/files.ts'
import { expectRefused, readLimitField, repeat } from '../support/limits.ts'
import { createOwner } from '../support/organizations.ts'
import { type Answer, anyAddress, request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World

useWorld((made) => {
  ;({ api, world } = made)
})

/** Somebody, or an address: who a limit counts for. */
type Caller = () => Promise<Answer>

const freshEmail = () => `${crypto.randomUUID()}@limits.test`

function ask(path: string, body: unknown, asked: { cookie?: string; address?: string }) {
  return request(`${api.url}/api${path}`, { method: 'POST', body, ...asked })
}

async function registrar(): Promise<Caller> {
  const address = anyAddress()
  const given = { password: 'an entirely new passphrase', name: 'New Person' }
  return () => ask('/auth/register', { email: freshEmail(), ...given }, { address })
}

async function forgetful(): Promise<Caller> {
  const address = anyAddress()
  return () => ask('/auth/password/forgot', { email: freshEmail() }, { address })
}

async function inviter(): Promise<Caller> {
  const { organizationId, cookie } = await createOwner(world)
  const plan = "UPDATE organizations SET plan = 'business' WHERE id = $1"
  await world.sql.run(plan, [organizationId])
  const path = `/organizations/${organizationId}/invitations`
  return () => ask(path, { email: freshEmail(), role: 'member' }, { cookie })
}

async function uploader(): Promise<Caller> {
  const { cookie } = await world.createPerson()
  const bytes = createPng()
  return () => upload(api, { bytes }, { cookie })
}

async function exporter(): Promise<Caller> {
  const { cookie } = await world.createPerson()
  return () => request(`${api.url}/api/account/export`, { cookie })
}

it.each<[LimitName, () => Promise<Caller>, status: number]>([
  ['registration', registrar, 202],
  ['passwordReset', forgetful, 202],
  ['invitation', inviter, 201],
  ['upload', uploader, 201],
  ['export', exporter, 200],
])(
  'the limit %s serves its last call and refuses the next, and nobody else',
  async (name, createCaller, status) => {
    const [call, other] = [await createCaller(), await createCaller()]
    const { limit, windowSeconds } = limits[name]
    const answers = await repeat(limit - 1, call)
    expect(answers.map((answer) => answer.status)).toEqual(Array(limit - 1).fill(status))
    const last = await call()
    expect(last.status, last.text).toBe(status)
    expect(readLimitField(last, 'ratelimit-policy')).toEqual({ name, q: limit, w: windowSeconds })
    expect(readLimitField(last, 'ratelimit')).toMatchObject({ name, r: 0 })
    expectRefused(await call(), name)
    expect((await other()).status).toBe(status)
  },
)

it('guesses at the links of password resets count with the mails that are asked for', async () => {
  const address = anyAddress()
  const guess = () => {
    const body = { token: 'A'.repeat(49), password: 'an entirely new passphrase' }
    return ask('/auth/password/reset', body, { address })
  }
  const answers = await repeat(limits.passwordReset.limit, guess)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]))
  expectRefused(await guess(), 'passwordReset')
  expectRefused(
    await ask('/auth/password/forgot', { email: freshEmail() }, { address }),
    'passwordReset',
  )
  expect((await ask('/auth/login', {}, { address })).status).toBe(400)
})

it('who uses up a limit of their own reads and writes on', async () => {
  const person = await world.createPerson()
  const { cookie } = person
  const export_ = () => request(`${api.url}/api/account/export`, { cookie })
  await repeat(limits.export.limit, export_)
  expectRefused(await export_(), 'export')
  expect((await request(`${api.url}/api/auth/session`, { cookie })).status).toBe(200)
  const order = { currency: 'EUR', totalCents: 500 }
  expect((await ask(`/users/${person.id}/orders`, order, { cookie })).status).toBe(201)
})
