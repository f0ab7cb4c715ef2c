import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Served } from './serve-readers.ts'

const script = fileURLToPath(new URL('./serve-readers.ts', import.meta.url))

/** The API in a process of its own, so that whoever asks does not take its time. */
export async function startReaders(
  count: number,
): Promise<Served & { readonly stop: () => Promise<void> }> {
  const child = fork(script, [String(count)])
  const ended = once(child, 'exit')
  // The one message that serve-readers.ts sends.
  const served = once(child, 'message').then(([message]) => message as Served)
  const failed = ended.then(() => {
    throw new Error('The API did not start.')
  })
  async function stop() {
    if (child.connected) child.disconnect()
    await ended
  }
  return { ...(await Promise.race([served, failed])), stop }
}
