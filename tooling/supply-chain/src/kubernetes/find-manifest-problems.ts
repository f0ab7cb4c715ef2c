import { type Rule, sentencesOf } from '../rules.ts'
import { isSecretName } from '../secret-names.ts'
import { findContainerProblems, findPodProblems } from './find-pod-problems.ts'
import { rulesOfPolicy } from './find-policy-problems.ts'
import type { Labels, Manifest } from './manifest.ts'
import { strangeKeys } from './strange-keys.ts'

/** Kinds that there is a rule for, or that give nobody anything. */
const knownKinds = [
  ...['Namespace', 'ConfigMap', 'ServiceAccount', 'Deployment', 'Job', 'Service', 'Ingress'],
  ...['NetworkPolicy', 'PodDisruptionBudget', 'HorizontalPodAutoscaler'],
  ...['ExternalSecret', 'ServiceMonitor'],
]

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

/** The one whose pods are held to the standard. */
const homeOf = (objects: readonly Manifest[]) =>
  objects.find(({ kind }) => kind === 'Namespace')?.metadata.name

function findObjectProblems(object: Manifest, all: readonly Manifest[]): readonly string[] {
  const { kind, metadata } = object
  const isOfEdge = kind === 'NetworkPolicy' && metadata.namespace === 'ingress'
  return sentencesOf([
    [!knownKinds.includes(kind), 'is of a kind that nobody has looked at'],
    [
      kind !== 'Namespace' && !isOfEdge && metadata.namespace !== homeOf(all),
      'is not in the namespace of all',
    ],
    ...(rulesOfKind[kind]?.(object, all) ?? []),
    ...(object.spec?.template ? rulesOfPods(object, all) : []),
  ])
}

type RulesOf = (object: Manifest, all: readonly Manifest[]) => readonly Rule[]

const rulesOfKind: Readonly<Record<string, RulesOf>> = {
  Namespace: ({ metadata }) => [
    [
      metadata.labels?.['pod-security.kubernetes.io/enforce'] !== 'restricted',
      'admits pods that are not restricted',
    ],
  ],
  ConfigMap: (object) => {
    const told = Object.keys(object.data ?? {}).filter(isSecretName)
    const strange = strangeKeys(object, ['apiVersion', 'kind', 'metadata', 'data'])
    return [
      [told.length > 0, `has ${told.join(', ')}, which belongs into an ExternalSecret`],
      [strange.length > 0, `says ${strange.join(', ')}`],
    ]
  },
  ServiceAccount: ({ automountServiceAccountToken: isGiven }) => [
    [isGiven !== false, 'gives its pods a token'],
  ],
  ExternalSecret: ({ metadata, spec = {} }) => {
    const keys = spec.dataFrom?.map(({ extract }) => extract?.key.split('/').at(-1)) ?? []
    const isOwn = spec.target?.name === metadata.name && keys.every((key) => key === metadata.name)
    return [[!isOwn || keys.length === 0, 'brings what another is to know']]
  },
  Service: ({ spec = {} }) => {
    const strange = strangeKeys(spec, ['selector', 'ports', 'clusterIP', 'type'])
    return [
      [!['ClusterIP', undefined].includes(spec.type), 'is reached from outside, past the Ingress'],
      [strange.length > 0, `says ${strange.join(', ')}`],
    ]
  },
  Ingress: ({ spec = {} }) => {
    const covered = new Set(spec.tls?.flatMap(({ hosts = [] }) => hosts))
    const open = spec.rules?.filter(({ host }) => host === undefined || !covered.has(host)) ?? []
    const strange = strangeKeys(spec, ['ingressClassName', 'tls', 'rules'])
    return [
      [open.length > 0, 'has a host without TLS'],
      [strange.length > 0, `says ${strange.join(', ')}`],
    ]
  },
  NetworkPolicy: rulesOfPolicy,
  Deployment: rulesOfDeployment,
}

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
  const account = spec.template?.spec.serviceAccountName
  const foreign = mountedBy(spec).filter((name) => name !== 'both' && name !== metadata.name)
  const rules: readonly Rule[] = [
    [(scaler?.spec?.minReplicas ?? spec.replicas ?? 1) < 2, 'is one alone'],
    [scaler !== undefined && spec.replicas !== undefined, 'and its autoscaler both count'],
    [!hasBudget, 'may be drained away whole: it has no PodDisruptionBudget'],
    [account !== metadata.name, 'runs as an account that others may have'],
    [foreign.length > 0, `mounts ${foreign.join(', ')}, which is not for who serves`],
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

const mountedBy = (spec: NonNullable<Manifest['spec']>) =>
  spec.template?.spec.volumes?.flatMap(({ secret }) => secret?.secretName ?? []) ?? []

function rulesOfPods({ spec = {} }: Manifest, all: readonly Manifest[]): readonly Rule[] {
  const pod = spec.template?.spec
  if (!pod) return []
  const named = (kind: string) => all.filter((each) => each.kind === kind)
  const accounts = named('ServiceAccount').map(({ metadata }) => metadata.name)
  const secrets = named('ExternalSecret').map((each) => each.spec?.target?.name)
  const unknown = mountedBy(spec).filter((name) => !secrets.includes(name))
  return [
    [!accounts.includes(pod.serviceAccountName), 'runs as an account that others may have'],
    [unknown.length > 0, `mounts ${unknown.join(', ')}, which nobody brings from outside`],
    ...findPodProblems(pod),
    ...pod.containers.flatMap((container) => findContainerProblems(container, pod)),
  ]
}

/** What no object has by itself: that nobody is reached but by a policy. */
function findMissing(objects: readonly Manifest[]): readonly string[] {
  const isDenial = ({ kind, metadata, spec = {} }: Manifest) =>
    kind === 'NetworkPolicy' &&
    metadata.namespace === homeOf(objects) &&
    Object.keys(spec.podSelector ?? { none: '' }).length === 0 &&
    ['Ingress', 'Egress'].every((type) => spec.policyTypes?.includes(type)) &&
    !spec.ingress?.length &&
    !spec.egress?.length
  return sentencesOf([[!objects.some(isDenial), 'No NetworkPolicy denies what is not allowed']])
}
