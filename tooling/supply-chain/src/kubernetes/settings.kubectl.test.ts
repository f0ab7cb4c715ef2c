import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { loadConfig, loadWorkerConfig, openConfig } from '@repo/config'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Manifest } from './manifest.ts'
import { renderManifests } from './render-manifests.ts'

const key = () => randomBytes(32).toString('base64')
const url = (user: string) =>
  `postgresql://${user}:${randomBytes(24).toString('hex')}@db.acme.test/rampart?sslmode=verify-full`
/** What the manager of secrets has, by the name of the ExternalSecret. */
const kept: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  both: {
    ENCRYPTION_KEYS: `k1:${key()}`,
    SMTP_URL: `smtps://mailer:${randomBytes(12).toString('hex')}@mail.acme.test`,
  },
  api: {
    DATABASE_URL: url('rampart_api'),
    DATABASE_PLATFORM_URL: url('rampart_platform'),
    REDIS_URL: `rediss://:${randomBytes(24).toString('hex')}@redis.acme.test`,
    ORIGIN_SECRETS: randomBytes(32).toString('hex'),
  },
  worker: { DATABASE_WORKER_URL: url('rampart_worker') },
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rampart-manifests-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** What a container of that name is told by its ConfigMap, and by files where its secrets are mounted. */
function variablesOf(name: string, objects: readonly Manifest[]) {
  const find = (kind: string, named: string) =>
    objects.find((each) => each.kind === kind && each.metadata.name === named)
  const { data = {} } = find('ConfigMap', 'settings') ?? {}
  const volumes = find('Deployment', name)?.spec?.template?.spec.volumes ?? []
  for (const { name: mount, secret } of volumes) {
    mkdirSync(join(folder, mount))
    for (const [variable, value] of Object.entries(kept[secret?.secretName ?? ''] ?? {})) {
      writeFileSync(join(folder, mount, variable), `${value}\n`)
    }
  }
  const folders = String(data['SECRETS_FOLDERS']).split(',')
  return { ...data, SECRETS_FOLDERS: folders.map((path) => join(folder, basename(path))).join() }
}

test.each(['production', 'behind-cloudflare'])(
  'the API starts with what the overlay %s tells it',
  async (overlay) => {
    const objects = await renderManifests(`deploy/kubernetes/overlays/${overlay}`)
    const config = await openConfig(loadConfig, { variables: variablesOf('api', objects) })
    const { nodeEnv, trustedProxies, cdnNetworks } = config.current()
    config.close()
    expect([nodeEnv, trustedProxies]).toEqual(['production', ['10.42.0.0/16']])
    expect(cdnNetworks.length > 0).toBe(overlay === 'behind-cloudflare')
  },
)

test('the worker starts with what the overlay tells it, and with none of the API’s secrets', async () => {
  const objects = await renderManifests('deploy/kubernetes/overlays/production')
  const variables = variablesOf('worker', objects)
  const config = await openConfig(loadWorkerConfig, { variables })
  expect(config.current().databaseWorkerUrl.reveal()).toContain('rampart_worker')
  config.close()
  await expect(openConfig(loadConfig, { variables })).rejects.toThrow('DATABASE_URL is missing')
})
