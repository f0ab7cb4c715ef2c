import { type ReceiverSettings, startReceiver } from '@repo/testing'
import { createOutbound, type OutboundOptions } from '../src/outbound.ts'
import { OutboundError } from '../src/outbound-error.ts'
import { startDnsServer } from './start-dns-server.ts'

export const loopback = ['127.0.0.0/8', '::1/128']

/** Opens what a test needs, and closes it in reverse. */
export function createBench() {
  const cleanUps: (() => Promise<unknown>)[] = []
  return {
    async receiver(settings?: ReceiverSettings) {
      const receiver = await startReceiver(settings)
      cleanUps.push(receiver.close)
      return receiver
    },
    async names(...answers: readonly (readonly string[])[]) {
      const server = await startDnsServer(answers)
      cleanUps.push(server.close)
      return server
    },
    async close() {
      for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
    },
  }
}

/** Posts once; 2xx as a number, a refusal as its error. */
export async function post(url: string, options: OutboundOptions = {}, signal?: AbortSignal) {
  const message = { body: '{"a":"ä"}', headers: { 'content-type': 'application/json' } }
  try {
    const outbound = createOutbound(options)
    return (await outbound.post(url, { ...message, ...(signal && { signal }) })).status
  } catch (error) {
    if (error instanceof OutboundError) return error
    throw error
  }
}
