import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { findFreePort } from './find-free-port.ts'
import { launchRedisServer, type RedisServer } from './launch-redis-server.ts'

export interface RedisCluster {
  /** Its nodes, by comma. */
  readonly url: string
  close(): Promise<void>
}

const slots = 16_384
const formsWithinMs = 30_000

/** Starts a Redis Cluster of three nodes on loopback, which share the slots. */
export async function launchRedisCluster(): Promise<RedisCluster> {
  await using started = new AsyncDisposableStack()
  const nodes: Node[] = []
  for (let index = 0; index < 3; index += 1) {
    const node = await launchNode()
    started.defer(() => node.close())
    nodes.push(node)
  }
  await join(nodes)
  const running = started.move()
  return { url: nodes.map(({ url }) => url).join(), close: () => running.disposeAsync() }
}

interface Node extends RedisServer {
  readonly client: Redis
  readonly busPort: number
}

async function launchNode(): Promise<Node> {
  const busPort = await findFreePort()
  const args = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)]
  const server = await launchRedisServer({ args })
  const client = new Redis(server.url)
  async function close() {
    client.disconnect()
    await server.close()
  }
  return { ...server, client, busPort, close }
}

/** Each node gets its part of the slots and meets the first; returns when every node serves the whole. */
async function join(nodes: readonly Node[]): Promise<void> {
  const share = Math.ceil(slots / nodes.length)
  for (const [index, { client }] of nodes.entries()) {
    const last = Math.min((index + 1) * share, slots) - 1
    await client.call('CLUSTER', 'ADDSLOTSRANGE', String(index * share), String(last))
    for (const { port, busPort } of nodes.slice(0, index)) {
      await client.call('CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort))
    }
  }
  const deadline = Date.now() + formsWithinMs
  while (!(await Promise.all(nodes.map(isWhole))).every(Boolean)) {
    if (Date.now() > deadline) throw new Error('The Redis cluster did not form.')
    await sleep(50)
  }
}

async function isWhole({ client }: Node): Promise<boolean> {
  const information = String(await client.call('CLUSTER', 'INFO'))
  return information.includes('cluster_state:ok') && information.includes('cluster_size:3')
}
