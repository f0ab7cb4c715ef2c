import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { findManifestProblems } from './find-manifest-problems.ts'
import { findSchemaProblems } from './find-schema-problems.ts'
import type { Manifest } from './manifest.ts'
import { renderManifests } from './render-manifests.ts'

const overlays = ['production', 'behind-cloudflare']
const rendered = new Map<string, readonly Manifest[]>()
const repository = join(import.meta.dirname, '../../../..')
const cdnNetworks = join(repository, 'packages/config/src/cdn-networks.json')

beforeAll(async () => {
  for (const name of overlays) {
    rendered.set(name, await renderManifests(`deploy/kubernetes/overlays/${name}`))
  }
})

const objectsOf = (overlay: string) => rendered.get(overlay) ?? []

describe.each(overlays)('deploy/kubernetes/overlays/%s', (overlay) => {
  test('renders the API, the worker, the migration and what guards them', () => {
    const kinds = objectsOf(overlay).map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    expect(kinds).toEqual(
      expect.arrayContaining([
        ...['Namespace/rampart', 'Deployment/api', 'Deployment/worker', 'Job/migrate'],
        ...['HorizontalPodAutoscaler/api', 'PodDisruptionBudget/api', 'PodDisruptionBudget/worker'],
        ...['NetworkPolicy/default-deny', 'Ingress/api', 'ServiceMonitor/api'],
        ...['both', 'api', 'worker', 'migrate'].map((name) => `ExternalSecret/${name}`),
      ]),
    )
  })

  test('is valid for Kubernetes and the operators it speaks to', async () => {
    expect(await findSchemaProblems(objectsOf(overlay))).toEqual([])
  })

  test('asks for no more than it needs, and has each secret from outside', () => {
    expect(findManifestProblems(objectsOf(overlay))).toEqual([])
  })
})

test('the job of the first administrator is valid, and fits into an installation', async () => {
  const job = await renderManifests('deploy/kubernetes/admin')
  expect(job.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(['Job/admin'])
  expect(await findSchemaProblems(job)).toEqual([])
  expect(findManifestProblems([...objectsOf('production'), ...job])).toEqual([])
})

test('Prometheus is told the names that its rules ask for', () => {
  const monitors = objectsOf('production').filter(({ kind }) => kind === 'ServiceMonitor')
  const names = JSON.stringify(monitors).match(/"replacement":"[\w-]+","targetLabel":"job"/g)
  const rules = readFileSync(join(repository, 'docker/prometheus/rules/rampart.rules.yaml'), 'utf8')
  expect(names).toHaveLength(2)
  expect(rules).toContain('job=~"rampart-.*"')
  for (const name of names ?? []) expect(name).toContain('"replacement":"rampart-')
})

test('behind Cloudflare its networks alone reach the ingress controller, all of them', () => {
  const policy = objectsOf('behind-cloudflare').find(
    ({ metadata }) => metadata.name === 'cloudflare-alone',
  )
  const networks = policy?.spec?.ingress?.flatMap(({ from = [] }) =>
    from.map(({ ipBlock }) => ipBlock?.cidr),
  )
  const { cloudflare } = JSON.parse(readFileSync(cdnNetworks, 'utf8'))
  expect(networks).toEqual(cloudflare.networks)
})

/** What is rendered, with one object changed. */
const planted = (name: string, change: (object: Manifest) => unknown): readonly Manifest[] =>
  structuredClone(objectsOf('production')).map((object) => {
    if (`${object.kind}/${object.metadata.name}` === name) change(object)
    return object
  })
const set = (path: string, value: unknown) => (object: object) => {
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const holder = keys.reduce<object>((each, key) => Reflect.get(each, key), object)
  if (value === undefined) Reflect.deleteProperty(holder, last)
  else Reflect.set(holder, last, value)
}
const pod = 'spec.template.spec'
const container = `${pod}.containers.0`

test.each([
  [
    'a value of another type',
    'Deployment/worker',
    'spec.replicas',
    'two',
    'replicas must be integer',
  ],
  [
    'a field that there is none of',
    'Deployment/api',
    `${container}.imagePolicy`,
    'x',
    'imagePolicy',
  ],
  ['a field that is missing', 'Deployment/api', 'spec.selector', undefined, 'selector'],
  ['a kind that there is none of', 'Job/migrate', 'kind', 'Jobb', 'has no such kind'],
  ['a version that is gone', 'Ingress/api', 'apiVersion', 'extensions/v1beta9', 'has no such kind'],
  [
    'a field of an operator',
    'ExternalSecret/api',
    'spec.refreshIntervall',
    '1m',
    'refreshIntervall',
  ],
  ['a port that is none', 'ServiceMonitor/api', 'spec.endpoints.0.port', 9464, 'must be string'],
])('the schemas find %s', async (_what, name, path, value, problem) => {
  expect((await findSchemaProblems(planted(name, set(path, value)))).join('\n')).toContain(problem)
})

test.each([
  ['a token', 'ServiceAccount/api', 'automountServiceAccountToken', true, 'gives its pods a token'],
  [
    'a token of the pod',
    'Deployment/api',
    `${pod}.automountServiceAccountToken`,
    undefined,
    'is given a token',
  ],
  [
    'the account of all',
    'Deployment/api',
    `${pod}.serviceAccountName`,
    'default',
    'an account that others may have',
  ],
  [
    'every service by name',
    'Deployment/api',
    `${pod}.enableServiceLinks`,
    undefined,
    'is told of every service',
  ],
  ['the network of its machine', 'Deployment/api', `${pod}.hostNetwork`, true, 'says hostNetwork'],
  [
    'the disk of its machine',
    'Deployment/api',
    `${pod}.volumes.0.hostPath`,
    { path: '/' },
    'says hostPath',
  ],
  ['root', 'Deployment/api', `${pod}.securityContext.runAsNonRoot`, undefined, 'may be root'],
  ['root by number', 'Deployment/worker', `${pod}.securityContext.runAsUser`, 0, 'may be root'],
  [
    'every system call',
    'Job/migrate',
    `${pod}.securityContext.seccompProfile`,
    undefined,
    'every system call',
  ],
  [
    'privileges',
    'Deployment/api',
    `${container}.securityContext.allowPrivilegeEscalation`,
    true,
    'may gain privileges',
  ],
  [
    'all privileges',
    'Deployment/api',
    `${container}.securityContext.privileged`,
    true,
    'says privileged',
  ],
  [
    'files to write',
    'Job/migrate',
    `${container}.securityContext.readOnlyRootFilesystem`,
    undefined,
    'its own files',
  ],
  [
    'capabilities',
    'Deployment/api',
    `${container}.securityContext.capabilities`,
    { drop: ['ALL'], add: ['SYS_ADMIN'] },
    'keeps capabilities',
  ],
  [
    'no limit',
    'Deployment/worker',
    `${container}.resources.limits`,
    undefined,
    'no limit of memory',
  ],
  [
    'no request',
    'Deployment/worker',
    `${container}.resources.requests`,
    undefined,
    'does not say what it needs',
  ],
  [
    'an image that moves',
    'Deployment/api',
    `${container}.image`,
    'acme/api:latest',
    'an image without its version',
  ],
  [
    'a secret in the environment',
    'Deployment/api',
    `${container}.env`,
    [{ name: 'DATABASE_URL' }],
    'is told DATABASE_URL',
  ],
  [
    'all secrets in the environment',
    'Deployment/api',
    `${container}.envFrom.0.secretRef`,
    { name: 'api' },
    'is told secrets',
  ],
  [
    'a port of its machine',
    'Deployment/api',
    `${container}.ports.0.hostPort`,
    3000,
    'a port of its machine',
  ],
  ['no probe', 'Deployment/api', `${container}.readinessProbe`, undefined, 'lacks a probe'],
  [
    'the owner’s secret',
    'Deployment/api',
    `${pod}.volumes.1.secret.secretName`,
    'migrate',
    'is not for who serves',
  ],
  [
    'a secret from nowhere',
    'Deployment/api',
    `${pod}.volumes.1.secret.secretName`,
    'mine',
    'mounts mine, which nobody brings',
  ],
  [
    'a secret among settings',
    'ConfigMap/settings',
    'data.REDIS_URL',
    'x',
    'REDIS_URL, which belongs into an ExternalSecret',
  ],
  [
    'a secret of its own',
    'ConfigMap/settings',
    'kind',
    'Secret',
    'a kind that nobody has looked at',
  ],
  [
    'a role',
    'ServiceAccount/api',
    'kind',
    'ClusterRoleBinding',
    'a kind that nobody has looked at',
  ],
  ['one alone', 'Deployment/worker', 'spec.replicas', 1, 'is one alone'],
  ['an autoscaler of one', 'HorizontalPodAutoscaler/api', 'spec.minReplicas', 1, 'is one alone'],
  ['two who count', 'Deployment/api', 'spec.replicas', 3, 'and its autoscaler both count'],
  [
    'no budget',
    'PodDisruptionBudget/api',
    'spec.selector.matchLabels',
    { x: 'y' },
    'no PodDisruptionBudget',
  ],
  ['pods of all kinds', 'Namespace/rampart', 'metadata.labels', {}, 'admits pods'],
  [
    'the namespace of all',
    'Deployment/api',
    'metadata.namespace',
    undefined,
    'is not in the namespace of all',
  ],
  ['a way past the Ingress', 'Service/api', 'spec.type', 'LoadBalancer', 'past the Ingress'],
  ['plain HTTP', 'Ingress/api', 'spec.tls', undefined, 'a host without TLS'],
  [
    'a policy for everybody',
    'NetworkPolicy/api',
    'spec.ingress',
    [{ ports: [{ port: 3000 }] }],
    'lets everybody through',
  ],
  [
    'a policy of every port',
    'NetworkPolicy/api',
    'spec.egress.0.ports',
    undefined,
    'opens more ports',
  ],
  [
    'the metadata of a cloud',
    'NetworkPolicy/worker',
    'spec.egress.0.to.0.ipBlock.except',
    ['10.0.0.0/8'],
    'networks of its own',
  ],
  [
    'no denial',
    'NetworkPolicy/default-deny',
    'spec.policyTypes',
    ['Ingress'],
    'No NetworkPolicy denies',
  ],
])('the rules find %s', (_what, name, path, value, problem) => {
  const [first = '', ...others] = findManifestProblems(planted(name, set(path, value)))
  expect([first, ...others].join('\n')).toContain(problem)
})
