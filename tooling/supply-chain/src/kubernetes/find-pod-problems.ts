import type { Rule } from '../rules.ts'
import { isSecretName } from '../secret-names.ts'
import type { Container, PodSpec, SecurityContext } from './manifest.ts'
import { strangeKeys } from './strange-keys.ts'

const ofPods = [
  ...['containers', 'volumes', 'securityContext', 'serviceAccountName', 'enableServiceLinks'],
  ...[
    'automountServiceAccountToken',
    'terminationGracePeriodSeconds',
    'restartPolicy',
    'dnsConfig',
  ],
  ...['topologySpreadConstraints', 'nodeSelector', 'tolerations', 'affinity', 'priorityClassName'],
  'imagePullSecrets',
]
const ofContainers = [
  ...[
    'name',
    'image',
    'imagePullPolicy',
    'command',
    'args',
    'ports',
    'env',
    'envFrom',
    'lifecycle',
  ],
  ...['resources', 'securityContext', 'startupProbe', 'livenessProbe', 'readinessProbe'],
  'volumeMounts',
]
const ofContexts = [
  ...['runAsNonRoot', 'runAsUser', 'runAsGroup', 'fsGroup', 'seccompProfile', 'capabilities'],
  ...['allowPrivilegeEscalation', 'readOnlyRootFilesystem'],
]
const ofVolumes = ['name', 'secret', 'configMap', 'emptyDir']

/** What a pod is that ours may not be. */
export function findPodProblems(pod: PodSpec): readonly Rule[] {
  const strange = [
    ...strangeKeys(pod, ofPods),
    ...strangeKeys(pod.securityContext ?? {}, ofContexts),
    ...(pod.volumes ?? []).flatMap((volume) => strangeKeys(volume, ofVolumes)),
  ]
  return [
    [strange.length > 0, `says ${strange.join(', ')}`],
    [pod.automountServiceAccountToken !== false, 'is given a token'],
    [pod.enableServiceLinks !== false, 'is told of every service by its environment'],
  ]
}

/** What a container is that ours may not be (Pod Security Standards: restricted, and more). */
export function findContainerProblems(container: Container, pod: PodSpec): readonly Rule[] {
  const context: SecurityContext = { ...pod.securityContext, ...container.securityContext }
  const rules = [
    ...rulesOfPrivileges(container, context),
    ...rulesOfResources(container),
    ...rulesOfEnvironment(container),
  ]
  return rules.map(([isBroken, what]) => [isBroken, `the container ${container.name} ${what}`])
}

function rulesOfPrivileges(container: Container, context: SecurityContext): readonly Rule[] {
  const { capabilities = {} } = context
  const isSomebody = [context.runAsUser, context.runAsGroup].every((id) => Number(id) > 0)
  const strange = [
    ...strangeKeys(container, ofContainers),
    ...strangeKeys(container.securityContext ?? {}, ofContexts),
  ]
  return [
    [strange.length > 0, `says ${strange.join(', ')}`],
    [context.runAsNonRoot !== true || !isSomebody, 'may be root'],
    [context.seccompProfile?.type !== 'RuntimeDefault', 'may make every system call'],
    [context.allowPrivilegeEscalation !== false, 'may gain privileges'],
    [context.readOnlyRootFilesystem !== true, 'may write to its own files'],
    [
      !capabilities.drop?.includes('ALL') || (capabilities.add ?? []).length > 0,
      'keeps capabilities',
    ],
  ]
}

function rulesOfResources({ image = '', resources, ports = [] }: Container): readonly Rule[] {
  return [
    [!(resources?.requests?.['cpu'] && resources.requests['memory']), 'does not say what it needs'],
    [!resources?.limits?.['memory'], 'has no limit of memory'],
    [!/(:v?\d[\w.-]*|@sha256:[0-9a-f]{64})$/.test(image), 'is an image without its version'],
    [ports.some(({ hostPort }) => hostPort !== undefined), 'has a port of its machine'],
  ]
}

function rulesOfEnvironment({ env = [], envFrom = [] }: Container): readonly Rule[] {
  const told = env
    .filter(({ name, valueFrom }) => isSecretName(name) || valueFrom?.secretKeyRef !== undefined)
    .map(({ name }) => name)
  return [
    [told.length > 0, `is told ${told.join(', ')} by its environment`],
    [
      envFrom.some(({ secretRef }) => secretRef !== undefined),
      'is told secrets by its environment',
    ],
  ]
}
