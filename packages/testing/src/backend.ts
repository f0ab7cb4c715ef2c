import { isContainerEngineAnswering } from './container-engine.ts'

const backends = ['containers', 'embedded'] as const

/** Where the test servers run: real ones in containers, or inside this machine's own processes. */
export type TestBackend = (typeof backends)[number]

export interface BackendEnvironment {
  readonly TEST_BACKEND?: string | undefined
  readonly DOCKER_HOST?: string | undefined
}

/** TEST_BACKEND when it is set, else containers where a Docker engine answers; throws for any other word. */
export async function chooseTestBackend(
  environment: BackendEnvironment,
  isAnswering: (dockerHost?: string) => Promise<boolean> = isContainerEngineAnswering,
): Promise<TestBackend> {
  const wanted = environment.TEST_BACKEND
  if (!wanted) return (await isAnswering(environment.DOCKER_HOST)) ? 'containers' : 'embedded'
  const backend = backends.find((name) => name === wanted)
  if (!backend) throw new Error(`TEST_BACKEND is ${wanted}; it can be ${backends.join(' or ')}.`)
  return backend
}
