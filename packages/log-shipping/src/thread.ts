import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import type { Destination, Line } from './destination.ts'
import { createShipper } from './shipper.ts'
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts'

// What this file is started with is what log-shipping.ts gives it.
const data: ThreadData = workerData
const tell = (message: FromThread) => parentPort?.postMessage(message)

// The lines of this thread alone begin like this.
const origin = randomBytes(9).toString('base64url')
let count = 0

const shippers = (await openDestinations()).map((destination) =>
  createShipper(destination, {
    maxWaitingBytes: data.maxWaitingBytes,
    lingerMs: data.lingerMs,
    onSettled: (settled) => tell({ kind: 'settled', destination: destination.name, ...settled }),
    onTrouble: (reason) => tell({ kind: 'trouble', destination: destination.name, reason }),
  }),
)

/** Each with its client, which is loaded where it is wanted alone. */
async function openDestinations(): Promise<readonly Destination[]> {
  const { cloudwatch, elasticsearch, otlp } = data
  const opened = await Promise.all([
    cloudwatch &&
      import('./cloudwatch/cloudwatch.ts').then((module) => module.openCloudWatch(cloudwatch)),
    elasticsearch &&
      import('./elasticsearch/elasticsearch.ts').then((module) =>
        module.openElasticsearch(elasticsearch),
      ),
    otlp && import('./otlp/otlp.ts').then((module) => module.openOtlp(otlp)),
  ])
  return opened.filter((destination) => destination !== null)
}

function toLine(text: string): Line {
  count += 1
  return { id: `${origin}-${count}`, text, bytes: Buffer.byteLength(text) }
}

async function close(): Promise<void> {
  await Promise.all(shippers.map((shipper) => shipper.close()))
  tell({ kind: 'closed' })
}

parentPort?.on('message', (message: ToThread) => {
  if (message.kind === 'close') return close()
  const lines = message.text.split('\n').slice(0, -1).map(toLine)
  for (const shipper of shippers) shipper.add(lines)
  return tell({ kind: 'taken', length: message.text.length })
})
