import { createHash } from 'node:crypto'
import { findFreePort } from '@repo/embedded-servers'
import { createPdf, createPng, eicar, pngChunk, sampleJpeg, startClamd } from '@repo/testing'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type Person, type World } from '../support/create-world.ts'
import { codeOf, download, keep, listContents, upload } from '../support/files.ts'
import { request } from '../support/request.ts'
import { startApi, type TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

const clamd = await startClamd()
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
  clamd.answerWith('default')
  person = await world.createPerson()
})
afterAll(() => clamd.close())

const infected = createPng({ chunks: [pngChunk('tEXt', Buffer.from(eicar))] })
const silent = () => 'the database of signatures is being loaded ERROR'
const remove = (id: string, { cookie }: Person) =>
  request(`${api.url}/api/files/${id}`, { method: 'DELETE', cookie })
const details = async (id: string, { cookie }: Person) =>
  (await request(`${api.url}/api/files/${id}/details`, { cookie })).body

async function downloadBytes(id: string, { cookie }: Person): Promise<Buffer> {
  const answer = await fetch(`${api.url}/api/files/${id}`, { headers: { cookie } })
  return Buffer.from(await answer.arrayBuffer())
}

describe('a file', () => {
  it.each([
    ['a.png', createPng(), 'image/png'],
    ['Ferien – Foto.JPG', sampleJpeg, 'image/jpeg'],
    ['invoice.pdf', createPdf(), 'application/pdf'],
  ])('%s is kept, scanned, listed, downloaded and deleted', async (name, bytes, mediaType) => {
    const { cookie } = person
    const before = await listContents(api)
    const created = await upload(api, { bytes, name }, { cookie })
    expect(created.status, created.text).toBe(201)
    const id = String(created.body?.['id'])
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const about = { id, userId: person.id, name, mediaType, bytes: bytes.length, sha256 }
    expect(created.body).toEqual({
      ...about,
      status: 'clean',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    })
    expect(created.headers.get('etag')).toMatch(/^"\d+"$/)
    expect(clamd.scanned.at(-1)?.equals(bytes)).toBe(true)
    expect(await details(id, person)).toEqual(created.body)
    const listed = await request(`${api.url}/api/files`, { cookie })
    expect(listed.body).toEqual({ items: [created.body], nextCursor: null })
    expect((await downloadBytes(id, person)).equals(bytes)).toBe(true)
    const contents = (await listContents(api)).filter((key) => !before.includes(key))
    expect(contents).toHaveLength(1)
    expect(JSON.stringify(created.body)).not.toContain(contents[0])
    expect((await remove(id, person)).status).toBe(204)
    expect(await listContents(api)).toEqual(before)
    expect(codeOf(await download(api, id, { cookie }))).toEqual([404, 'not_found'])
    expect(codeOf(await remove(id, person))).toEqual([404, 'not_found'])
  })

  it('goes up and comes down by tRPC too, as base64', async () => {
    const { cookie } = person
    const content = createPng().toString('base64')
    const ask = { method: 'POST', cookie, body: { name: 'a.png', content } }
    const { body } = await request(`${api.url}/trpc/files.create`, ask)
    const { id } = Object(Object(body)['result'])['data']
    const input = encodeURIComponent(JSON.stringify({ fileId: id }))
    const read = await request(`${api.url}/trpc/files.download?input=${input}`, { cookie })
    const data = { name: 'a.png', mediaType: 'image/png', content }
    expect(read.body).toEqual({ result: { data } })
    expect((await downloadBytes(id, person)).equals(createPng())).toBe(true)
  })

  it('is deleted only as the caller has seen it (If-Match)', async () => {
    const { headers, body } = await upload(api, { bytes: createPng() }, person)
    const url = `${api.url}/api/files/${String(body?.['id'])}`
    const ask = (tag: string) =>
      request(url, { method: 'DELETE', cookie: person.cookie, headers: { 'if-match': tag } })
    expect((await ask('"1"')).status).toBe(412)
    expect((await ask(headers.get('etag') ?? '')).status).toBe(204)
  })

  it('is seen and deleted by an administrator of the organization', async () => {
    const admin = await world.createPerson({ role: 'admin' })
    const id = await keep(api, createPng(), person)
    expect((await download(api, id, admin)).status).toBe(200)
    expect((await remove(id, admin)).status).toBe(204)
  })

  it('is in its owner’s export, without where it is kept', async () => {
    await keep(api, createPng(), person)
    const { text } = await request(`${api.url}/api/account/export`, person)
    expect(text).toContain('"sha256"')
    for (const key of await listContents(api)) expect(text).not.toContain(key)
  })
})

describe('files are listed newest first, a page at a time', () => {
  it('and each is there once', async () => {
    const { cookie } = person
    const ids: string[] = []
    for (let count = 0; count < 3; count += 1) ids.unshift(await keep(api, createPng(), person))
    const first = await request(`${api.url}/api/files?limit=2`, { cookie })
    const cursor = String(first.body?.['nextCursor'])
    const second = await request(`${api.url}/api/files?limit=2&cursor=${cursor}`, { cookie })
    const items = [first, second].flatMap(({ body }) => [...Object(body)['items']])
    expect(items.map(({ id }) => id)).toEqual(ids)
    expect(second.body?.['nextCursor']).toBeNull()
  })
})

describe('the scanner', () => {
  it('that cannot tell leaves a file pending, and it is scanned when it is asked for', async () => {
    clamd.answerWith(silent)
    const id = await keep(api, createPng(), person)
    expect(await details(id, person)).toMatchObject({ status: 'pending' })
    const refused = await download(api, id, person)
    expect(codeOf(refused)).toEqual([409, 'file_pending'])
    expect(refused.headers.get('retry-after')).toBe('5')
    clamd.answerWith('default')
    expect((await downloadBytes(id, person)).equals(createPng())).toBe(true)
    expect(await details(id, person)).toMatchObject({ status: 'clean' })
    const scans = clamd.scanned.length
    expect((await download(api, id, person)).status).toBe(200)
    expect(clamd.scanned).toHaveLength(scans)
  })

  it('that finds something closes the file for good, and its content goes at once', async () => {
    const before = await listContents(api)
    const id = await keep(api, infected, person)
    expect(await details(id, person)).toMatchObject({ status: 'infected' })
    expect(codeOf(await download(api, id, person))).toEqual([403, 'file_infected'])
    expect(await listContents(api)).toEqual(before)
    expect((await remove(id, person)).status).toBe(204)
  })

  it('that finds something later closes it all the same', async () => {
    clamd.answerWith(silent)
    const id = await keep(api, infected, person)
    clamd.answerWith('default')
    expect(codeOf(await download(api, id, person))).toEqual([403, 'file_infected'])
    clamd.answerWith(() => 'stream: OK')
    expect(codeOf(await download(api, id, person))).toEqual([403, 'file_infected'])
  })
})

describe('what fails half-way', () => {
  it('leaves neither a row nor a content behind', async () => {
    const before = await listContents(api)
    await world.sql.run('REVOKE UPDATE (status, updated_at) ON files FROM rampart_app')
    const refused = await upload(api, { bytes: createPng() }, person)
    await world.sql.run('GRANT UPDATE (status, updated_at) ON files TO rampart_app')
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(await listContents(api)).toEqual(before)
    expect(Object((await request(`${api.url}/api/files`, person)).body)['items']).toEqual([])
    await keep(api, createPng(), person)
  })

  it('a content that is not the one that came is not given out', async () => {
    const id = await keep(api, createPng(), person)
    const [row] = await world.sql.run('SELECT storage_key FROM files WHERE id = $1', [id])
    await api.services.files?.storage.put(String(row?.['storage_key']), sampleJpeg)
    expect(codeOf(await download(api, id, person))).toEqual([500, 'internal'])
    await api.services.files?.storage.put(String(row?.['storage_key']), createPng())
    expect((await download(api, id, person)).status).toBe(200)
  })
})

describe('an API whose', () => {
  async function withApi<T>(
    environment: Readonly<Record<string, string>>,
    use: (other: { api: TestApi; world: World; person: Person }) => Promise<T>,
  ): Promise<T> {
    const other = await startApi({ environment })
    const itsWorld = await createWorld(other)
    try {
      return await use({ api: other, world: itsWorld, person: await itsWorld.createPerson() })
    } finally {
      await itsWorld.close()
      await other.close()
    }
  }

  it('configuration names no storage says so to who may keep files', () =>
    withApi({ S3_URL: '' }, async (other) => {
      const file = { bytes: createPng() }
      expect(codeOf(await upload(other.api, file, other.person))).toEqual([503, 'files_off'])
      const listed = await request(`${other.api.url}/api/files`, other.person)
      expect(codeOf(listed)).toEqual([503, 'files_off'])
      expect(codeOf(await upload(other.api, file))).toEqual([401, 'unauthenticated'])
    }))

  it('bucket is gone answers 503, and remembers nothing', async () => {
    const S3_URL = `http://key:secret@127.0.0.1:${await findFreePort()}/files`
    await withApi({ S3_URL }, async (other) => {
      const refused = await upload(other.api, { bytes: createPng() }, other.person)
      expect(codeOf(refused)).toEqual([503, 'unavailable'])
      expect(await other.world.sql.run('SELECT id FROM files')).toEqual([])
    })
  })
})
