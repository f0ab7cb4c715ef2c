import { createPng, eicar, launchClamd, pngChunk } from '@repo/testing'
import { afterAll, beforeEach, expect, it } from 'vitest'
import type { Person, World } from '../support/create-world.ts'
import { codeOf, download, listContents, upload } from '../support/files.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

// The whole way of an upload, to clamd itself.
const clamd = await launchClamd()
let api: TestApi
let world: World
let person: Person

useWorld(
  (made) => {
    ;({ api, world } = made)
  },
  { environment: { CLAMD_URL: clamd.url } },
)
beforeEach(async () => {
  person = await world.createPerson()
})
afterAll(() => clamd.close())

const infected = createPng({ chunks: [pngChunk('tEXt', Buffer.from(eicar))] })

it('a clean file is kept, found to be clean and downloaded', async () => {
  const created = await upload(api, { bytes: createPng() }, person)
  expect(created.status, created.text).toBe(201)
  expect(created.body).toMatchObject({ status: 'clean' })
  const answer = await download(api, String(created.body?.['id']), person)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('image/png')
})

it('an infected file is never downloaded, by nobody, and its content is gone', async () => {
  const before = await listContents(api)
  const created = await upload(api, { bytes: infected }, person)
  expect(created.body).toMatchObject({ status: 'infected' })
  expect(await listContents(api)).toEqual(before)
  const id = String(created.body?.['id'])
  for (const reader of [person, await world.createPerson({ role: 'owner' })]) {
    const refused = await download(api, id, reader)
    expect(codeOf(refused)).toEqual([403, 'file_infected'])
    expect(refused.text).not.toContain('EICAR')
  }
})

it('a file that clamd could not scan waits, and without a verdict nobody downloads it', async () => {
  await clamd.close()
  const created = await upload(api, { bytes: createPng() }, person)
  expect(created.body).toMatchObject({ status: 'pending' })
  const refused = await download(api, String(created.body?.['id']), person)
  expect(codeOf(refused)).toEqual([409, 'file_pending'])
})
