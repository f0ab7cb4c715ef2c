import { isCdnNetwork } from '@repo/config'
import { z } from 'zod'

/** Where the CDNs publish the networks from which they speak to origins. */
export interface Sources {
  readonly cloudflare: readonly string[]
  readonly aws: string
}

export interface Networks {
  readonly cloudflare: readonly string[]
  readonly aws: readonly string[]
}

const amazon = z.object({
  prefixes: z.array(z.object({ service: z.string(), ip_prefix: z.string() })),
  ipv6_prefixes: z.array(z.object({ service: z.string(), ipv6_prefix: z.string() })),
})

const patienceMs = 30_000

/** Asks both; throws for whatever would trust somebody else, or nobody: better the old list than a wrong one. */
export async function readPublished(sources: Sources, before: Networks): Promise<Networks> {
  const [cloudflare, aws] = await Promise.all([
    readCloudflare(sources.cloudflare),
    readAmazon(sources.aws),
  ])
  requireCredible('cloudflare', cloudflare, before.cloudflare)
  requireCredible('aws', aws, before.aws)
  return { cloudflare, aws }
}

async function readCloudflare(urls: readonly string[]): Promise<readonly string[]> {
  const texts = await Promise.all(urls.map(readText))
  return texts.flatMap((text) => text.split(/\s+/).filter(Boolean))
}

async function readAmazon(url: string): Promise<readonly string[]> {
  const { prefixes, ipv6_prefixes } = amazon.parse(JSON.parse(await readText(url)))
  const isOriginFacing = ({ service }: { readonly service: string }) =>
    service === 'CLOUDFRONT_ORIGIN_FACING'
  return [
    ...prefixes.filter(isOriginFacing).map(({ ip_prefix }) => ip_prefix),
    ...ipv6_prefixes.filter(isOriginFacing).map(({ ipv6_prefix }) => ipv6_prefix),
  ]
}

async function readText(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(patienceMs) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`)
  return response.text()
}

function requireCredible(cdn: string, networks: readonly string[], before: readonly string[]) {
  const strange = networks.find((network) => !isCdnNetwork(network))
  if (strange !== undefined)
    throw new Error(`${cdn} lists ${strange.slice(0, 80)}: no such network.`)
  const kept = before.filter((network) => networks.includes(network)).length
  if (kept * 2 < before.length) throw new Error(`${cdn} lists less than half of what it did.`)
}
