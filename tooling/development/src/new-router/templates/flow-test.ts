import type { Names } from '../names.ts'

/** The resource as a client sees it; what holds for every procedure is tested by the walking suites. */
export const printFlowTest = ({ path, words }: Names): string =>
  `import { beforeEach, expect, it } from 'vitest'
import type { Person, World } from '../support/create-world.ts'
import { type Asked, request } from '../support/request.ts'
import type { TestApi } from '../support/start-api.ts'
import { useWorld } from '../support/use-world.ts'

let api: TestApi
let world: World
let person: Person

useWorld((made) => {
  ;({ api, world } = made)
})
beforeEach(async () => {
  person = await world.createPerson()
})

const ask = (path: string, { cookie }: Person, asked: Asked = {}) =>
  request(\`\${api.url}/api/${path}\${path}\`, { cookie, ...asked })

async function create(name: string, owner = person): Promise<Readonly<Record<string, unknown>>> {
  const created = await ask('', owner, { method: 'POST', body: { name } })
  expect(created.status, created.text).toBe(201)
  return Object(created.body)
}

it('${words.one} is created, read, changed and deleted by its owner', async () => {
  const created = await create('First')
  expect(created).toMatchObject({ userId: person.id, name: 'First' })
  const path = \`/\${created['id']}\`
  expect((await ask(path, person)).body).toEqual(created)
  const changed = await ask(path, person, { method: 'PATCH', body: { name: 'Second' } })
  expect(changed.body).toMatchObject({ id: created['id'], name: 'Second' })
  expect((await ask(path, person, { method: 'DELETE' })).status).toBe(204)
  expect((await ask(path, person)).status).toBe(404)
})

it('${words.plural} are listed newest first, a page at a time, each once', async () => {
  const ids: unknown[] = []
  for (const name of ['First', 'Second', 'Third']) ids.unshift((await create(name))['id'])
  const first = await ask('?limit=2', person)
  const second = await ask(\`?limit=2&cursor=\${first.body?.['nextCursor']}\`, person)
  const items = [first, second].flatMap(({ body }) => [...Object(body)['items']])
  expect(items.map(({ id }) => id)).toEqual(ids)
  expect(second.body?.['nextCursor']).toBeNull()
})

it('${words.one} of a colleague is not there, and an administrator changes it', async () => {
  const path = \`/\${(await create('Mine'))['id']}\`
  const change = { method: 'PATCH', body: { name: 'Theirs' } }
  const colleague = await world.createPerson()
  expect((await ask(path, colleague, change)).status).toBe(404)
  expect((await ask('', colleague)).body).toEqual({ items: [], nextCursor: null })
  const admin = await world.createPerson({ role: 'admin' })
  expect((await ask(path, admin, change)).body).toMatchObject({ name: 'Theirs' })
})

it('an administrator of another organization finds none of it', async () => {
  const path = \`/\${(await create('Mine'))['id']}\`
  const stranger = await world.createPerson({ organizationId: world.globex, role: 'admin' })
  expect((await ask(path, stranger)).status).toBe(404)
  expect((await ask('', stranger)).body).toEqual({ items: [], nextCursor: null })
  expect((await ask(path, person)).status).toBe(200)
})
`
