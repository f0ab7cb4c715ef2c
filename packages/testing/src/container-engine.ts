import { get, type RequestOptions } from 'node:http'

/** Whether a Docker engine answers its ping within `timeoutMs`; `dockerHost` as in DOCKER_HOST. */
export async function isContainerEngineAnswering(
  dockerHost = 'unix:///var/run/docker.sock',
  timeoutMs = 1_000,
): Promise<boolean> {
  const address = readAddress(dockerHost)
  if (!address) return false
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs)
    get({ ...address, path: '/_ping', signal }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    }).on('error', () => resolve(false))
  })
}

function readAddress(dockerHost: string): RequestOptions | null {
  if (!URL.canParse(dockerHost)) return null
  const { protocol, hostname, port, pathname } = new URL(dockerHost)
  if (protocol === 'unix:') return { socketPath: decodeURIComponent(pathname) }
  if (protocol === 'tcp:' || protocol === 'http:') return { host: hostname, port: port || 2375 }
  return null
}
