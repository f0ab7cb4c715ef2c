import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type NodeProcess, startNode } from '@repo/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAgent, formOf } from '../support/authorize.ts'
import { readGuide } from '../support/read-guide.ts'
import { type OAuthBench, useOAuth } from '../support/use-oauth.ts'

let bench: OAuthBench
let folder: string

useOAuth((made) => {
  bench = made
})
// Inside of the package, so that its libraries are found.
beforeAll(async () => {
  folder = await mkdtemp(join(import.meta.dirname, 'guide-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function run(
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<NodeProcess> {
  const path = join(folder, name)
  await writeFile(path, await readGuide(name))
  return startNode([path], { RAMPART_URL: bench.origin, ...environment })
}

it('the service gets its token and creates an order as a member', async () => {
  const { id, secret } = await bench.createService()
  const { output } = await run('service.mjs', { CLIENT_ID: id, CLIENT_SECRET: secret })
  await expect.poll(output).toContain('Created: 201')
})

it('the command line waits for its user, who signs in and consents', async () => {
  const person = await bench.world.createPerson()
  const { id } = await bench.createClient({
    kind: 'native',
    name: 'Command line',
    redirectUris: ['http://127.0.0.1/callback'],
  })
  const { output } = await run('cli.mjs', { CLIENT_ID: id })
  await expect.poll(output).toContain('Open this in your browser: ')
  const [url = ''] = /http\S+/.exec(output()) ?? []
  const agent = createAgent(bench.origin, person.cookie)
  const page = await agent.open(url)
  const form = { decision: 'allow', organizationId: person.organizationId }
  const last = await agent.open(formOf(page, '/consent'), form)
  expect((await fetch(last.leftTo ?? '')).status).toBe(200)
  await expect.poll(output).toContain(`Signed in as ${person.email}.`)
  await expect.poll(output).toContain('Orders: 200')
})
