import { createPng, createPngOf } from '@repo/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { askTimes, watchAlerts } from '../support/alerts.ts'
import type { Person, World } from '../support/create-world.ts'
import { download, keep } from '../support/files.ts'
import { request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let person: Person

useWorld((made) => {
  ;({ api, world } = made)
})
beforeAll(async () => {
  person = await world.createPerson()
})

const flush = () => api.services.detection.flush()
const miss = () => request(`${api.url}/nowhere`)

/** To the begin of a minute, as Redis counts them. */
const passMinutes = (minutes: number) =>
  api.moveClock(60 * minutes - api.services.clock().getSeconds())

describe('refusals overall (G29)', () => {
  async function learnQuietMinutes() {
    for (let minute = 0; minute < 6; minute += 1) {
      await askTimes(3, miss)
      await flush()
      passMinutes(1)
    }
  }

  it('are an alert where they spike over what is usual, though each address makes one', async () => {
    await learnQuietMinutes()
    const watch = await watchAlerts(world)
    await askTimes(100, miss)
    expect(await watch.list()).toEqual([])
    await askTimes(30, miss)
    const alert = await watch.waitFor('client_errors_overall', null)
    expect(alert.summary).toMatch(/^\d+ requests were refused within a minute, where 120 /)
    expect(await watch.list()).toEqual([{ rule: 'client_errors_overall', subject: null }])
  })
})

describe('sizes (G30)', () => {
  const create = (note: string) =>
    request(`${api.url}/api/users/${person.id}/orders`, {
      ...{ method: 'POST', cookie: person.cookie },
      body: { currency: 'EUR', totalCents: 1, note },
    })

  it('of a request that are far above those of its endpoint are an alert, of others none', async () => {
    await askTimes(60, (index) => create('x'.repeat((index * 7) % 500)))
    await flush()
    const watch = await watchAlerts(world)
    expect((await create('x'.repeat(2_000))).status).toBe(400)
    expect(await watch.list()).toEqual([])
    expect((await create('x'.repeat(60_000))).status).toBe(400)
    const alert = await watch.waitFor('unusual_request_size', 'orders.create')
    expect(alert.summary).toMatch(/^A request of orders\.create had 6\d{4} bytes, where 16384 /)
    expect(await watch.list()).toEqual([{ rule: 'unusual_request_size', subject: 'orders.create' }])
  })

  it('of an answer too', async () => {
    const small = await keep(api, createPng(), person)
    const large = await keep(api, createPngOf(400_000), person)
    const get = (id: string) => download(api, id, { cookie: person.cookie })
    await askTimes(60, () => get(small))
    await flush()
    const watch = await watchAlerts(world)
    await askTimes(10, () => get(small))
    expect(await watch.list()).toEqual([])
    expect((await get(large)).status).toBe(200)
    await watch.waitFor('unusual_response_size', 'files.download')
    expect(await watch.list()).toEqual([
      { rule: 'unusual_response_size', subject: 'files.download' },
    ])
  })
})
