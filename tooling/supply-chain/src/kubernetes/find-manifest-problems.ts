import { type Rule, sentencesOf } from '../rules.ts'
import { isSecretName } from '../secret-names.ts'
import { findContainerProblems, findPodProblems } from './find-pod-problems.ts'
import type { Labels, Manifest, PolicyRule } from './manifest.ts'

/** Private networks, and those of a cloud's metadata: who may ask the whole internet may not ask these (G9). */
const ownNetworks = ['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16']
/** Kinds that there is a rule for, or that give nobody anything. */
const knownKinds: ReadonlySet<string> = new Set([
  ...['Namespace', 'ConfigMap', 'ServiceAccount', 'Deployment', 'Job', 'Service', 'Ingress'],
  ...['NetworkPolicy', 'PodDisruptionBudget', 'HorizontalPodAutoscaler'],
  ...['ExternalSecret', 'ServiceMonitor'],
])

/** What the objects of an installation do that ours may not; sentences, none where they are fit (G33, G37, Pod Security Standards: restricted). */
export function findManifestProblems(objects: readonly Manifest[]): readonly string[] {
  return [
    ...objects.flatMap((each) =>
      findObjectProblems(each, objects).map((problem) => `${nameOf(each)}: ${problem}`),
    ),
    ...findMissing(objects),
  ]
}

const nameOf = ({ kind, metadata }: Manifest) => `${kind}/${metadata.name}`

function findObjectProblems(object: Manifest, all: readonly Manifest[]): readonly string[] {
  const { kind, metadata, spec = {}, data = {} } = object
  const told = Object.keys(data).filter(isSecretName)
  return sentencesOf([
    [!knownKinds.has(kind), 'is of a kind that nobody has looked at'],
    [kind !== 'Namespace' && !metadata.namespace, 'is in no namespace'],
    [
      kind === 'Namespace' &&
        metadata.labels?.['pod-security.kubernetes.io/enforce'] !== 'restricted',
      'admits pods that are not restricted',
    ],
    [told.length > 0, `has ${told.join(', ')}, which belongs into an ExternalSecret`],
    [
      kind === 'ServiceAccount' && object.automountServiceAccountToken !== false,
      'gives its pods a token',
    ],
    [
      kind === 'Service' && !['ClusterIP', undefined].includes(spec.type),
      'is reached from outside, past the Ingress',
    ],
    ...(kind === 'Ingress' ? rulesOfIngress(object) : []),
    ...(kind === 'NetworkPolicy' ? rulesOfPolicy(object) : []),
    ...(kind === 'Deployment' ? rulesOfDeployment(object, all) : []),
    ...(spec.template ? rulesOfPods(object, all) : []),
  ])
}

function rulesOfIngress({ spec = {} }: Manifest): readonly Rule[] {
  const covered = new Set(spec.tls?.flatMap(({ hosts = [] }) => hosts))
  const open = spec.rules?.filter(({ host }) => host === undefined || !covered.has(host)) ?? []
  return [[open.length > 0, 'has a host without TLS']]
}

function rulesOfPolicy({ spec = {} }: Manifest): readonly Rule[] {
  const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])]
  const peersOf = ({ from, to }: PolicyRule) => from ?? to ?? []
  const isBoundless = (rule: PolicyRule) => peersOf(rule).length === 0
  const reachesOwn = (rule: PolicyRule) =>
    peersOf(rule).some(
      ({ ipBlock }) =>
        ipBlock?.cidr.endsWith('/0') === true &&
        !ownNetworks.every((network) => ipBlock.except?.includes(network)),
    )
  return [
    [rules.some(isBoundless), 'lets everybody through'],
    [rules.some(({ ports = [] }) => ports.length === 0) && !isOfEdge(spec), 'opens every port'],
    [rules.some(reachesOwn), 'opens networks of its own with the internet'],
  ]
}

/** The door of the cluster has ports of its own. */
const isOfEdge = ({ podSelector }: NonNullable<Manifest['spec']>) =>
  podSelector?.matchLabels?.['app.kubernetes.io/name'] === 'traefik'

function rulesOfDeployment({ metadata, spec = {} }: Manifest, all: readonly Manifest[]) {
  const scaler = all.find(
    (each) =>
      each.kind === 'HorizontalPodAutoscaler' && each.spec?.scaleTargetRef?.name === metadata.name,
  )
  const labels = spec.template?.metadata?.labels ?? {}
  const hasBudget = all.some(
    (each) =>
      each.kind === 'PodDisruptionBudget' && selects(each.spec?.selector?.matchLabels, labels),
  )
  const rules: readonly Rule[] = [
    [(scaler?.spec?.minReplicas ?? spec.replicas ?? 1) < 2, 'is one alone'],
    [scaler !== undefined && spec.replicas !== undefined, 'and its autoscaler both count'],
    [!hasBudget, 'may be drained away whole: it has no PodDisruptionBudget'],
    ...(spec.template?.spec.containers ?? []).map(
      (container): Rule => [
        !(container.startupProbe && container.livenessProbe && container.readinessProbe),
        `the container ${container.name} lacks a probe`,
      ],
    ),
  ]
  return rules
}

const selects = (wanted: Labels = {}, labels: Labels) =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value)

function rulesOfPods({ kind, spec }: Manifest, all: readonly Manifest[]): readonly Rule[] {
  const pod = spec?.template?.spec
  if (!pod) return []
  const accounts = all.filter((each) => each.kind === 'ServiceAccount')
  const secrets = all
    .filter((each) => each.kind === 'ExternalSecret')
    .map((each) => each.spec?.target?.name)
  const unknown = (pod.volumes ?? [])
    .flatMap(({ secret }) => secret?.secretName ?? [])
    .filter((name) => !secrets.includes(name))
  const isOwner = (pod.volumes ?? []).some(({ secret }) => secret?.secretName === 'migrate')
  return [
    [
      !accounts.some(({ metadata }) => metadata.name === pod.serviceAccountName),
      'runs as an account that others may have',
    ],
    [unknown.length > 0, `mounts ${unknown.join(', ')}, which nobody brings from outside`],
    [kind !== 'Job' && isOwner, 'serves, and knows the owner of the database'],
    ...findPodProblems(pod),
    ...[...pod.containers, ...(pod.initContainers ?? [])].flatMap((container) =>
      findContainerProblems(container, pod),
    ),
  ]
}

/** What no object has by itself: that nobody is reached but by a policy. */
function findMissing(objects: readonly Manifest[]): readonly string[] {
  const isDenial = ({ kind, spec = {} }: Manifest) =>
    kind === 'NetworkPolicy' &&
    Object.keys(spec.podSelector ?? { none: '' }).length === 0 &&
    ['Ingress', 'Egress'].every((type) => spec.policyTypes?.includes(type)) &&
    !spec.ingress?.length &&
    !spec.egress?.length
  return sentencesOf([[!objects.some(isDenial), 'No NetworkPolicy denies what is not allowed']])
}
