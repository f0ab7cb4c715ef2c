import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'

// Each test file takes a database of its own; the default of 16 would not reach.
const withoutDisk = ['--save', '', '--databases', '16384']
const clusterAttempts = 100
const clusterIntervalMs = 100

function startRedis(args: readonly string[]): Promise<StartedTestContainer> {
  return new GenericContainer('redis:8-alpine')
    .withCommand([...args])
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forListeningPorts())
    .start()
}

function readUrl(container: StartedTestContainer): string {
  return `redis://${container.getHost()}:${container.getMappedPort(6379)}`
}

/** One Redis server, as the published image has it. */
export async function startRedisContainer() {
  const container = await startRedis(withoutDisk)
  return { url: readUrl(container), stop: () => container.stop() }
}

/** A Redis Cluster of one node that owns all slots and names the address that this host can reach. */
export async function startRedisClusterContainer() {
  const container = await startRedis(['--save', '', '--cluster-enabled', 'yes'])
  const { address } = await lookup(container.getHost(), { family: 4 })
  const port = String(container.getMappedPort(6379))
  await runInRedis(container, 'CONFIG', 'SET', 'cluster-announce-ip', address)
  await runInRedis(container, 'CONFIG', 'SET', 'cluster-announce-port', port)
  await runInRedis(container, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  await waitUntilFormed(container)
  return { url: readUrl(container), stop: () => container.stop() }
}

async function runInRedis(container: StartedTestContainer, ...command: string[]): Promise<string> {
  const { exitCode, output } = await container.exec(['redis-cli', '-e', ...command])
  if (exitCode !== 0) throw new Error(`redis-cli ${command.join(' ')} failed: ${output}`)
  return output
}

// A new cluster refuses writes for its first two seconds.
async function waitUntilFormed(container: StartedTestContainer): Promise<void> {
  for (let attempt = 0; attempt < clusterAttempts; attempt += 1) {
    const information = await runInRedis(container, 'CLUSTER', 'INFO')
    if (information.includes('cluster_state:ok')) return
    await sleep(clusterIntervalMs)
  }
  throw new Error('The Redis cluster did not form.')
}
