import type { Rule } from '../rules.ts'
import { isSecretName } from '../secret-names.ts'
import type { Container, PodSpec, SecurityContext, Volume } from './manifest.ts'

const allowedVolumes = ['name', 'secret', 'configMap', 'emptyDir', 'projected']

/** What a pod is that ours may not be. */
export function findPodProblems(pod: PodSpec): readonly Rule[] {
  return [
    [pod.automountServiceAccountToken !== false, 'is given a token'],
    [pod.enableServiceLinks !== false, 'is told of every service by its environment'],
    [
      pod.hostNetwork === true || pod.hostPID === true || pod.hostIPC === true,
      'lives in what is its machine’s',
    ],
    [(pod.volumes ?? []).some(isStrange), 'holds a volume that nobody has looked at'],
  ]
}

const isStrange = (volume: Volume) =>
  Object.keys(volume).some((key) => !allowedVolumes.includes(key))

/** What a container is that ours may not be (Pod Security Standards: restricted, and more). */
export function findContainerProblems(container: Container, pod: PodSpec): readonly Rule[] {
  const { name, image = '', env = [], envFrom = [], resources, ports = [] } = container
  const context: SecurityContext = { ...pod.securityContext, ...container.securityContext }
  const { capabilities = {} } = context
  const told = env.map((each) => each.name).filter(isSecretName)
  const say = (isBroken: boolean, what: string): Rule => [isBroken, `the container ${name} ${what}`]
  return [
    say(context.runAsNonRoot !== true || !(Number(context.runAsUser) > 0), 'may be root'),
    say(context.seccompProfile?.type !== 'RuntimeDefault', 'may make every system call'),
    say(
      context.allowPrivilegeEscalation !== false || context.privileged === true,
      'may gain privileges',
    ),
    say(context.readOnlyRootFilesystem !== true, 'may write to its own files'),
    say(
      !capabilities.drop?.includes('ALL') || (capabilities.add ?? []).length > 0,
      'keeps capabilities',
    ),
    say(
      !(resources?.requests?.['cpu'] && resources.requests['memory']),
      'does not say what it needs',
    ),
    say(!resources?.limits?.['memory'], 'has no limit of memory'),
    say(!/(:v?\d[\w.-]*|@sha256:[0-9a-f]{64})$/.test(image), 'is an image without its version'),
    say(told.length > 0, `is told ${told.join(', ')} by its environment`),
    say(
      envFrom.some(({ secretRef }) => secretRef !== undefined),
      'is told secrets by its environment',
    ),
    say(
      ports.some(({ hostPort }) => hostPort !== undefined),
      'has a port of its machine',
    ),
  ]
}
