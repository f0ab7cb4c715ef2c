import { setTimeout as sleep } from 'node:timers/promises'
import { requireRealRedisUrl } from '@repo/testing'
import { password } from '../support/create-world.ts'
import { request } from '../support/request.ts'
import { print } from './print-table.ts'
import { readNumber } from './read-number.ts'
import { sendAtRate, timeFrom } from './send-at-rate.ts'
import type { Served } from './serve-readers.ts'
import { startReaders } from './start-readers.ts'
import { reportStorm, type Seen } from './storm-report.ts'

const reads = { perSecond: 50, parts: 4 }
const logInsPerSecond = 20
const burst = 300
// Under the limit of 100 log-ins a minute that one address has.
const burstOfOneAddress = 90
const othersBesideIt = 10
// Under the limits of 600 reads a minute and 1 000 calls an hour that one user has.
const readsOfOneReader = 400

/** `[seconds of each part]`: reads without and beside log-ins; fails for a lost read or a mute 503. */
async function storm(seconds: number): Promise<void> {
  // The one in memory would take the time of the API's own event loop.
  requireRealRedisUrl()
  const count = Math.ceil((reads.parts * reads.perSecond * seconds) / readsOfOneReader)
  const { stop, ...served } = await startReaders(count)
  try {
    if (!reportStorm(await sendStorms(served, seconds))) process.exitCode = 1
  } finally {
    await stop()
  }
}

async function sendStorms(served: Served, seconds: number): Promise<readonly Seen[]> {
  const { read, logIn, logInAtOnce } = createClient(served)
  const rate = { perSecond: reads.perSecond, seconds }

  async function beside(name: string, send: () => Promise<Seen['logIns']>): Promise<Seen> {
    print(name)
    const [logIns, answers] = await Promise.all([send(), sendAtRate(rate, read)])
    return { name, logIns, reads: answers }
  }

  await sendAtRate({ ...rate, seconds: 2 }, read)
  return [
    await beside('reads alone', async () => []),
    await beside(`${logInsPerSecond} log-ins a second`, async () => [
      await sendAtRate({ perSecond: logInsPerSecond, seconds }, () => logIn()),
    ]),
    await beside(`${burst} log-ins at once`, async () => [await logInAtOnce(burst)]),
    await beside(`${burstOfOneAddress} of one address, ${othersBesideIt} after them`, async () => {
      const ofOneAddress = logInAtOnce(burstOfOneAddress, '198.51.100.1')
      await sleep(5)
      return Promise.all([ofOneAddress, logInAtOnce(othersBesideIt)])
    }),
  ]
}

function createClient({ url, readers, email }: Served) {
  const login = { method: 'POST', body: { email, password } }
  const logIn = (address?: string) =>
    request(`${url}/api/auth/login`, { ...login, ...(address !== undefined && { address }) })
  return {
    logIn,
    read(index: number) {
      const reader = readers[index % readers.length]
      return request(`${url}${reader?.path}`, { cookie: reader?.cookie })
    },
    logInAtOnce: (amount: number, address?: string) =>
      Promise.all(
        Array.from({ length: amount }, () => timeFrom(performance.now(), logIn(address))),
      ),
  }
}

await storm(readNumber(0, 'The number of seconds', 20))
