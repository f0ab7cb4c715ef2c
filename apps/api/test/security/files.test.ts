import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { createPdf, createPng, createPngOf, pngChunk, sampleJpeg, startClamd } from '@repo/testing'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCallers } from '../support/create-caller.ts'
import type { Person, World } from '../support/create-world.ts'
import {
  codeOf,
  download,
  keep,
  listContents,
  postRaw,
  rawForm,
  upload,
  uploadAll,
} from '../support/files.ts'
import { createFirstPartyClient, issueToken } from '../support/issue-token.ts'
import { problemOf, withoutRequestId } from '../support/problem-of.ts'
import { type Asked, request } from '../support/request.ts'
import { takeSnapshot } from '../support/snapshot.ts'
import type { TestApi } from '../support/start-api.ts'
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

const png = createPng()
const maxBytes = 5 * 1024 * 1024
const text = (content: string) => Buffer.from(content, 'latin1')
const remove = (id: string, asked: Asked) =>
  request(`${api.url}/api/files/${id}`, { ...asked, method: 'DELETE' })

/** Nothing of what was refused is kept: no row, and no content. */
async function keepsNothing(attempt: () => Promise<void>): Promise<void> {
  const before = [await takeSnapshot(world.sql), await listContents(api)]
  await attempt()
  expect([await takeSnapshot(world.sql), await listContents(api)]).toEqual(before)
}

describe('whose a file is', () => {
  it.each([
    ['another member', () => world.createPerson()],
    ['a viewer', () => world.createPerson({ role: 'viewer' })],
    ['a member of another tenant', () => world.createPerson({ organizationId: world.globex })],
    [
      'the owner of another tenant',
      () => world.createPerson({ organizationId: world.globex, role: 'owner' }),
    ],
  ])('%s cannot tell it from one that does not exist', async (_name, createOther) => {
    const id = await keep(api, png, person)
    const other = await createOther()
    await keepsNothing(async () => {
      for (const ask of [
        (at: string) => download(api, at, other),
        (at: string) => request(`${api.url}/api/files/${at}/details`, other),
        (at: string) => remove(at, other),
      ]) {
        const [foreign, missing] = [await ask(id), await ask(crypto.randomUUID())]
        expect(foreign.status).toBe(404)
        expect(withoutRequestId(foreign.text)).toBe(withoutRequestId(missing.text))
      }
    })
    const listed = await request(`${api.url}/api/files`, other)
    expect(listed.body).toEqual({ items: [], nextCursor: null })
    expect((await download(api, id, person)).status).toBe(200)
    expect((await remove(id, person)).status).toBe(204)
  })

  it('a viewer downloads what was theirs before, and neither uploads nor deletes', async () => {
    const id = await keep(api, png, person)
    await world.sql.run("UPDATE memberships SET role = 'viewer' WHERE user_id = $1", [person.id])
    await keepsNothing(async () => {
      expect(codeOf(await upload(api, { bytes: png }, person))).toEqual([403, 'forbidden'])
      expect(codeOf(await remove(id, person))).toEqual([403, 'forbidden'])
    })
    expect((await download(api, id, person)).status).toBe(200)
  })

  it('nobody has one', async () => {
    const id = await keep(api, png, person)
    await keepsNothing(async () => {
      expect((await upload(api, { bytes: png })).status).toBe(401)
      expect((await download(api, id)).status).toBe(401)
      expect((await remove(id, {})).status).toBe(401)
    })
  })

  it('a key does what it was given, and no more', async () => {
    const withKey = async (permissions: readonly string[]) => {
      const owner = { userId: person.id, organizationId: person.organizationId, name: 'Key' }
      const made = await api.services.apiKeys.create({ ...owner, permissions, maxAgeDays: 30 })
      return { headers: { authorization: `Bearer ${made.key}` } }
    }
    await tryCredentials(withKey)
  })

  it('a token does what it was given, and no more', async () => {
    const clientId = await createFirstPartyClient(api)
    await tryCredentials(async (scopes) => {
      const token = await issueToken(api, { clientId, person, scopes })
      return { headers: { authorization: `Bearer ${token}` } }
    })
  })

  async function tryCredentials(issue: (permissions: readonly string[]) => Promise<Asked>) {
    const id = await keep(api, png, person)
    const reader = await issue(['file:read:own'])
    expect((await download(api, id, reader)).status).toBe(200)
    expect((await upload(api, { bytes: png }, reader)).status).toBe(403)
    expect((await remove(id, reader)).status).toBe(403)
    const writer = await issue(['file:create:own'])
    expect((await upload(api, { bytes: png }, writer)).status).toBe(201)
    expect((await download(api, id, writer)).status).toBe(404)
    expect((await remove(id, await issue(['file:read:own', 'file:delete:own']))).status).toBe(204)
  }

  it('no column of it can be changed by who serves but what the scanner said', async () => {
    await keep(api, png, person)
    const columns = await world.sql.run(
      `SELECT column_name FROM information_schema.column_privileges
        WHERE table_name = 'files' AND grantee = 'rampart_app' AND privilege_type = 'UPDATE' ORDER BY 1`,
    )
    expect(columns.map(({ column_name }) => column_name)).toEqual(['status', 'updated_at'])
  })
})

const page = '<!DOCTYPE html><script>alert(document.domain)</script>'
const zip = text(`PK\x03\x04${'\0'.repeat(26)}PK\x05\x06${'\0'.repeat(18)}`)

describe('what it says it is counts for nothing', () => {
  it.each([
    ['SVG', text(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)],
    ['a page', text(page)],
    ['a program', text(`MZ${'\0'.repeat(200)}`)],
    ['an archive that grows, as zip', zip],
    ['an archive that grows, as gzip', gzipSync(Buffer.alloc(50_000_000))],
    ['an image that grows', createPng({ width: 60_000, height: 60_000 })],
    ['a GIF', text(`GIF89a${'\0'.repeat(100)};`)],
    ['text', text('hello')],
    ['nothing', Buffer.alloc(0)],
    ['half a PNG', png.subarray(0, 40)],
    ['a PNG and a page', Buffer.concat([png, text(page)])],
    ['a PNG and an archive', Buffer.concat([png, zip])],
    ['a PNG with a script inside', createPng({ chunks: [pngChunk('tEXt', text(page))] })],
    ['a JPEG and an archive', Buffer.concat([sampleJpeg, zip])],
    ['a PDF and a page', Buffer.concat([createPdf(), text(page)])],
    ['a page and a PDF', Buffer.concat([text(page), createPdf()])],
  ])('%s, called a picture or a document, is refused by 415', async (_name, bytes) => {
    await keepsNothing(async () => {
      const scans = clamd.scanned.length
      for (const name of ['a.png', 'a.jpg', 'a.pdf']) {
        const answer = await upload(api, { bytes, name }, person)
        expect(codeOf(answer)).toEqual([415, 'unsupported_media_type'])
      }
      expect(clamd.scanned).toHaveLength(scans)
    })
    expect((await upload(api, { bytes: png, name: 'a.pdf' }, person)).status).toBe(201)
  })

  it.each([
    ['evil.exe', 'evil.exe.png'],
    ['page.html', 'page.html.png'],
    ['a.svg', 'a.svg.png'],
    ['a.png', 'a.png'],
  ])('a picture called %s comes down as %s, a picture', async (name, sent) => {
    const { body } = await upload(api, { bytes: png, name }, person)
    const { headers } = await download(api, String(body?.['id']), person)
    expect(headers.get('content-type')).toBe('image/png')
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="${sent}"; filename*=UTF-8''${sent}`,
    )
  })

  it('the type that the part names is not looked at', async () => {
    const head =
      'Content-Disposition: form-data; name="file"; filename="a.html"\r\nContent-Type: text/html'
    const { status, body } = await postRaw(api, rawForm([[head, png]]), person)
    expect([status, body?.['mediaType']]).toEqual([201, 'image/png'])
  })
})

describe('a download is nobody’s page', () => {
  it('attachment, nosniff, a policy of its own that allows nothing, never stored', async () => {
    const { headers } = await download(api, await keep(api, png, person), person)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': expect.stringMatching(/^attachment; /),
      'content-security-policy': "default-src 'none';frame-ancestors 'none';sandbox",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
      'content-length': String(png.length),
    })
    expect(headers.get('set-cookie')).toBeNull()
  })
})

describe('its size', () => {
  it('is 5 MiB at most, to the byte', async () => {
    const whole = await upload(api, { bytes: createPngOf(maxBytes) }, person)
    expect([whole.status, whole.body?.['bytes']]).toEqual([201, maxBytes])
    await keepsNothing(async () => {
      const answer = await upload(api, { bytes: createPngOf(maxBytes + 1) }, person)
      expect(codeOf(answer)).toEqual([413, 'payload_too_large'])
    })
  })

  it('is counted while it arrives, whether or not the request says it', async () => {
    await keepsNothing(async () => {
      const chunked = await sendSlowly(api, person, { chunks: 12, chunk: Buffer.alloc(1 << 20) })
      expect(chunked).toContain('413 Payload Too Large')
      expect(chunked).toContain('connection: close')
      const declared = await sendSlowly(api, person, { chunks: 0, contentLength: 1e9 })
      expect(declared).toContain('413 Payload Too Large')
    })
  })

  it('that never arrives whole is not waited for', { timeout: 40_000 }, async () => {
    await keepsNothing(async () => {
      const start = performance.now()
      const answer = await sendSlowly(api, person, { chunks: 1, chunk: png, contentLength: 9_999 })
      expect(answer).toContain('HTTP/1.1 408')
      expect(performance.now() - start).toBeLessThan(15_000)
    })
    await keep(api, png, person)
  })
})

describe('what is held of uploads at once', () => {
  it('is bounded for each caller, and given back', { timeout: 40_000 }, async () => {
    const other = await world.createPerson()
    const mebibytes = { chunks: 5, chunk: Buffer.alloc(1 << 20), contentLength: maxBytes + 999 }
    const waiting = [1, 2, 3].map(() => sendSlowly(api, person, mebibytes))
    const refused = await vi.waitFor(
      async () => {
        const answer = await upload(api, { bytes: png }, person)
        expect(answer.status).toBe(503)
        return answer
      },
      { timeout: 9_000, interval: 500 },
    )
    expect([refused.body?.['code'], refused.headers.get('retry-after')]).toEqual([
      'overloaded',
      '1',
    ])
    await keep(api, png, other)
    for (const answer of await Promise.all(waiting)) expect(answer).toContain('HTTP/1.1 408')
    await keep(api, createPngOf(maxBytes), person)
  })
})

/** An upload that begins and never ends; what is answered until the connection ends. */
function sendSlowly(
  { url }: TestApi,
  { cookie }: Person,
  sent: { readonly chunks: number; readonly chunk?: Buffer; readonly contentLength?: number },
): Promise<string> {
  const { host, hostname, port } = new URL(url)
  const { chunks, chunk = Buffer.alloc(0), contentLength } = sent
  const length = contentLength ? `content-length: ${contentLength}` : 'transfer-encoding: chunked'
  const head = [`POST /api/files HTTP/1.1`, `host: ${host}`, `cookie: ${cookie}`, length]
  const type = 'content-type: multipart/form-data; boundary=b'
  const part = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
  const framed = (data: Buffer) =>
    contentLength ? [data] : [text(`${data.length.toString(16)}\r\n`), data, text('\r\n')]
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(port), hostname)
    socket.on('data', (data) => {
      answer += data.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
    socket.write(`${[...head, type].join('\r\n')}\r\n\r\n`)
    for (const data of framed(text(part))) socket.write(data)
    for (let count = 0; count < chunks; count += 1) {
      for (const data of framed(chunk)) socket.write(data)
    }
  })
}

describe('its name', () => {
  const named = (disposition: string) =>
    rawForm([[`Content-Disposition: form-data; name="file"; ${disposition}`, png]])

  it.each([
    ['a path', 'filename="../../etc/passwd.png"'],
    ['an absolute path', 'filename="/etc/cron.d/a.png"'],
    ['a path of Windows', 'filename="..\\\\..\\\\a.png"'],
    ['a drive', 'filename="C:\\\\a.png"'],
    ['an encoded path', "filename*=UTF-8''..%2f..%2fa.png"],
    ['a line end', "filename*=UTF-8''a%0d%0aSet-Cookie:%20x=1.png"],
    ['a line feed', "filename*=UTF-8''a%0a.png"],
    ['NUL', "filename*=UTF-8''a.png%00.exe"],
    ['what turns the text around', "filename*=UTF-8''a%E2%80%AEgnp.exe"],
    ['dots alone', 'filename=".."'],
    ['256 characters', `filename="${'a'.repeat(252)}.png"`],
    ['white space', 'filename=" a.png"'],
  ])('with %s is refused', async (_name, disposition) => {
    await keepsNothing(async () => {
      const answer = await postRaw(api, named(disposition), person)
      expect(codeOf(answer)).toEqual([400, 'invalid_input'])
      // A line end makes of it a part without a name.
      expect(['/name', '/file']).toContain(problemOf(answer.body)?.errors?.[0]?.pointer)
    })
    expect((await postRaw(api, named('filename="a.png"'), person)).status).toBe(201)
  })

  it.each([
    ['%0D%0A as a browser writes it', 'a%0D%0Ab.png'],
    ['a semicolon and an equals sign', 'a; filename=b.html'],
    ['another script', '商店 😀.png'],
  ])('with %s comes back as it was, on one line', async (_name, name) => {
    const { body } = await upload(api, { bytes: png, name }, person)
    expect(body?.['name']).toBe(name)
    const { headers } = await download(api, String(body?.['id']), person)
    const sent = headers.get('content-disposition') ?? ''
    expect(sent).toMatch(/^attachment; filename="[^"\\;=%]+"; filename\*=UTF-8''[\w%.-]+$/)
    expect(decodeURIComponent(sent.split("''")[1] ?? '')).toBe(
      name.endsWith('g') ? name : `${name}.png`,
    )
  })

  it('decides nothing of where it is kept', async () => {
    const before = await listContents(api)
    await upload(api, { bytes: png, name: 'a.png' }, person)
    const kept = (await listContents(api)).filter((key) => !before.includes(key))
    expect(kept).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)])
  })
})

describe('a form', () => {
  const part = (head: string, content = png) => [`Content-Disposition: ${head}`, content] as const
  const file = part('form-data; name="file"; filename="a.png"')

  it.each([
    ['two files', [file, file], 400, '/file'],
    ['no file', [part('form-data; name="name"', text('a'))], 400, '/name'],
    ['nothing', [], 400, null],
    [
      'a file under another name',
      [part('form-data; name="upload"; filename="a.png"')],
      400,
      '/upload',
    ],
    [
      'a file and its status',
      [file, part('form-data; name="status"', text('clean'))],
      400,
      '/status',
    ],
    ['a file and an owner', [file, part('form-data; name="userId"', text('x'))], 400, '/userId'],
    [
      'a file named by a prototype',
      [part('form-data; name="__proto__"; filename="a.png"')],
      400,
      null,
    ],
    ['a part without a name', [part('form-data')], 400, null],
    ['a file without a name', [part('form-data; name="file"')], 400, '/file'],
    [
      'content in base64 in place of a file',
      [
        part('form-data; name="name"', text('a.png')),
        part('form-data; name="content"', text(png.toString('base64'))),
      ],
      400,
      '/name',
    ],
    [
      'more parts than anybody needs',
      Array.from({ length: 30 }, (_, index) => part(`form-data; name="f${index}"`, text('x'))),
      413,
      null,
    ],
  ] as const)('with %s is refused', async (_name, parts, status, pointer) => {
    await keepsNothing(async () => {
      const answer = await postRaw(api, rawForm(parts), person)
      expect(answer.status, answer.text).toBe(status)
      if (pointer) expect(problemOf(answer.body)?.errors?.[0]?.pointer).toBe(pointer)
    })
    expect((await postRaw(api, rawForm([file]), person)).status).toBe(201)
  })

  it.each([
    ['JSON', 'application/json', '{}', 415],
    ['another form', 'application/x-www-form-urlencoded', 'a=b', 415],
    ['bytes alone', 'application/octet-stream', png.toString('latin1'), 415],
    ['a form without its boundary', 'multipart/form-data', 'x', 400],
    [
      'a form that is cut',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nx',
      400,
    ],
  ])('in place of it, %s is refused', async (_name, type, body, status) => {
    await keepsNothing(async () => {
      const answer = await postRaw(api, { type, body: text(body) }, person)
      expect(answer.status, answer.text).toBe(status)
    })
  })

  it('no other route takes one', async () => {
    const form = new FormData()
    form.append('userId', person.id)
    const url = `${api.url}/api/users/${person.id}/orders`
    expect((await request(url, { method: 'POST', form, cookie: person.cookie })).status).toBe(415)
  })

  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ origin: 'https://evil.test' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 201],
  ] as const)('from a page with %j is answered by %i', async (headers, status) => {
    const answer = await upload(api, { bytes: png }, { cookie: person.cookie, headers })
    expect(answer.status).toBe(status)
  })

  it('with an Idempotency-Key is refused, since the key would stand for bytes that nobody read', async () => {
    await keepsNothing(async () => {
      const headers = { 'idempotency-key': 'key-1' }
      const answer = await upload(api, { bytes: png }, { cookie: person.cookie, headers })
      expect(codeOf(answer)).toEqual([400, 'idempotency_not_supported'])
    })
  })

  it('of a stranger is not read', async () => {
    const parts = await uploadAll(
      api,
      Array.from({ length: 30 }, () => ({ bytes: png })),
    )
    expect(parts.status).toBe(401)
  })
})

describe('what was not found to be clean', () => {
  it.each([
    ['pending', 409, 'file_pending'],
    ['infected', 403, 'file_infected'],
  ])('is not given out while it is %s, to nobody', async (status, expected, code) => {
    const id = await keep(api, png, person)
    const setStatus = (to: string) =>
      world.sql.run('UPDATE files SET status = $2::"FileStatus" WHERE id = $1', [id, to])
    await setStatus(status)
    clamd.answerWith(() => 'ERROR')
    const createCaller = createCallers(world)
    for (const kind of ['oneself', 'own key', 'own token', 'admin', 'owner'] as const) {
      const { asked } = await createCaller(kind, person)
      const answer = await download(api, id, asked)
      expect(codeOf(answer), kind).toEqual([expected, code])
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    }
    const input = encodeURIComponent(JSON.stringify({ fileId: id }))
    const byTrpc = await request(`${api.url}/trpc/files.download?input=${input}`, person)
    expect([byTrpc.status, byTrpc.text.includes('content"')]).toEqual([expected, false])
    await setStatus('clean')
    expect((await download(api, id, person)).status).toBe(200)
  })
})

describe('the quota', () => {
  const fill = (bytes: number, count: number) =>
    world.sql.run(
      `INSERT INTO files (id, organization_id, user_id, name, media_type, bytes, sha256, storage_key)
       SELECT gen_random_uuid(), $1, $2, 'x', 'image/png', $3, repeat('0', 64), gen_random_uuid()
         FROM generate_series(1, $4::int)`,
      [person.organizationId, person.id, bytes, count],
    )

  it('is 100 MiB to the byte, and a deletion gives it back', async () => {
    await fill(maxBytes, 19)
    await fill(maxBytes - png.length, 1)
    const id = await keep(api, png, person)
    await keepsNothing(async () => {
      const answer = await upload(api, { bytes: png }, person)
      expect(codeOf(answer)).toEqual([409, 'quota_exceeded'])
    })
    expect((await remove(id, person)).status).toBe(204)
    await keep(api, png, person)
    await keep(api, png, await world.createPerson())
  })

  it('is 1000 files', async () => {
    await fill(1, 999)
    await keep(api, png, person)
    expect(codeOf(await upload(api, { bytes: png }, person))).toEqual([409, 'quota_exceeded'])
  })

  it('has room for exactly so many of any number at once', async () => {
    await fill(maxBytes, 19)
    await fill(maxBytes - 3 * png.length, 1)
    const before = await listContents(api)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => upload(api, { bytes: png }, person)),
    )
    const codes = answers.map((answer) => answer.body?.['code'] ?? answer.status)
    expect(codes.toSorted()).toEqual([...Array(3).fill(201), ...Array(17).fill('quota_exceeded')])
    expect((await listContents(api)).length - before.length).toBe(3)
  })
})
