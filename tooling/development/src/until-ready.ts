import { setTimeout as sleep } from 'node:timers/promises'

const host = process.env['HOST'] ?? 'localhost'
const isEveryAddress = host === '0.0.0.0' || host === '::'

/** Resolves with true as soon as the API on this port says that it can serve. */
export async function untilReady(port: number): Promise<boolean> {
  const url = `http://${isEveryAddress ? 'localhost' : host}:${port}/readyz`
  for (;;) {
    const response = await fetch(url).catch(() => null)
    await response?.body?.cancel()
    if (response?.ok) return true
    await sleep(100)
  }
}
