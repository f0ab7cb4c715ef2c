import type { SecurityEvent } from '@repo/detection'
import { createRandom, type Random } from './random.ts'

/** A user of a normal day: an office that many share, or a place of their own; a phone beside it; some keys. */
interface User {
  readonly userId: string
  readonly addresses: readonly [string, ...string[]]
  readonly keyId: string | null
}

/** What is done there, how large its requests and its answers are in the middle, and by how many doublings they vary. */
interface Endpoint {
  readonly endpoint: string
  readonly bytesIn: number
  readonly bytesOut: number
  readonly spread: number
}

const endpoints: readonly [Endpoint, ...Endpoint[]] = [
  { endpoint: 'orders.list', bytesIn: 0, bytesOut: 6_000, spread: 1 },
  { endpoint: 'orders.get', bytesIn: 0, bytesOut: 300, spread: 0.3 },
  { endpoint: 'orders.create', bytesIn: 160, bytesOut: 300, spread: 0.8 },
  { endpoint: 'orders.update', bytesIn: 120, bytesOut: 300, spread: 0.8 },
  { endpoint: 'files.upload', bytesIn: 200_000, bytesOut: 250, spread: 2 },
  { endpoint: 'files.download', bytesIn: 0, bytesOut: 200_000, spread: 2 },
  { endpoint: 'organizations.members.list', bytesIn: 0, bytesOut: 2_000, spread: 0.7 },
]

interface Typo {
  readonly code: string
  readonly endpoint: string | null
}

const typos: readonly [Typo, ...Typo[]] = [
  { code: 'not_found', endpoint: 'orders.get' },
  { code: 'invalid_input', endpoint: 'orders.create' },
  { code: 'unauthenticated', endpoint: 'auth.session' },
  { code: 'forbidden', endpoint: 'organizations.update' },
  { code: 'not_found', endpoint: null },
]

const userCount = 200
const sharedOffices = 5
export const secondsAtOnce = 20
export const seconds = 3_600

function createUser(index: number): User {
  const own = `198.51.${100 + (index % 100)}.${1 + (index % 250)}`
  const office = `192.0.2.${1 + (index % sharedOffices)}`
  const phone = `203.0.113.${1 + (index % 250)}`
  return {
    userId: `user-${index}`,
    addresses: [index % 2 ? office : own, phone],
    keyId: index % 10 ? null : `key-${index}`,
  }
}

/** What 200 users do within an hour of a working day, twenty seconds at a time: the same in every run. */
export function* ordinaryHour(seed: number): Generator<readonly SecurityEvent[]> {
  const random = createRandom(seed)
  const users = Array.from({ length: userCount }, (_, index) => createUser(index))
  for (let time = 0; time < seconds; time += secondsAtOnce) {
    yield users.flatMap((user) => act(user, random))
  }
}

function act(user: User, random: Random): readonly SecurityEvent[] {
  const { userId, keyId } = user
  const address = random.isOneIn(20) ? (user.addresses[1] ?? null) : user.addresses[0]
  const origin = { address, userId }
  const { endpoint, spread, ...sizes } = random.pick(endpoints)
  const bytesIn = random.logNormal(sizes.bytesIn, spread)
  const bytesOut = random.logNormal(sizes.bytesOut, spread)
  const events: SecurityEvent[] = [
    { kind: 'payload', ...origin, endpoint, isRefused: false, bytesIn, bytesOut },
  ]
  if (endpoint === 'files.download') events.push({ kind: 'export', ...origin })
  if (keyId !== null && random.isOneIn(3)) {
    // A program stays where it is; whoever uses it by hand is somewhere else.
    const network = `${user.addresses[0]}/24`
    events.push({ kind: 'keyUse', ...origin, keyId, network, hasSucceeded: true })
  }
  if (random.isOneIn(25)) events.push(mistake(origin, random))
  if (random.isOneIn(400)) events.push({ kind: 'sessionBegun', ...origin })
  if (random.isOneIn(800)) {
    events.push({ kind: 'failedLogIn', address, userId: null, account: `account of ${userId}` })
  }
  return events
}

function mistake(
  origin: { readonly address: string | null; readonly userId: string },
  random: Random,
): SecurityEvent {
  const { code, endpoint } = random.pick(typos)
  const userId = code === 'unauthenticated' || endpoint === null ? null : origin.userId
  // Somebody looks at what the menu of administrators would be, or has logged out in another tab.
  const isAdminEndpoint = random.isOneIn(200)
  const about = { ...origin, userId, endpoint, code, isAdminEndpoint, isAdmin: false }
  return { kind: 'refusal', ...about }
}
