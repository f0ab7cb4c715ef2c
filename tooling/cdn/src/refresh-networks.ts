import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Networks, readPublished } from './published-networks.ts'

const file = join(import.meta.dirname, '../../../packages/config/src/cdn-networks.json')

const sources = {
  cloudflare: ['https://www.cloudflare.com/ips-v4', 'https://www.cloudflare.com/ips-v6'],
  aws: 'https://ip-ranges.amazonaws.com/ip-ranges.json',
} as const

// Parse boundary: a file of our own, which a test of @repo/config reads network by network.
const lists = JSON.parse(await readFile(file, 'utf8'))
const before: Networks = { cloudflare: lists.cloudflare.networks, aws: lists.aws.networks }
const published = await readPublished(sources, before)
const asOf = new Date().toISOString().slice(0, 10)
const next = {
  cloudflare: { asOf, networks: published.cloudflare },
  aws: { asOf, networks: published.aws },
}
await writeFile(file, `${JSON.stringify(next, null, 2)}\n`)
for (const cdn of ['cloudflare', 'aws'] as const) {
  const added = published[cdn].filter((network) => !before[cdn].includes(network))
  const gone = before[cdn].filter((network) => !published[cdn].includes(network))
  console.log(
    `${cdn}: ${published[cdn].length} networks, ${added.length} new, ${gone.length} gone.`,
  )
  for (const network of [...added.map((one) => `+ ${one}`), ...gone.map((one) => `- ${one}`)]) {
    console.log(`  ${network}`)
  }
}
