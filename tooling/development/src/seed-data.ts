/** Root's own organization comes with every account; the other two are the tenants of the examples. */
export const organizations = {
  acme: 'Acme',
  globex: 'Globex',
  root: "Root's organization",
} as const

interface Person {
  readonly email: string
  readonly name: string
  readonly organization: keyof typeof organizations
  readonly role: 'owner' | 'admin' | 'member' | 'viewer'
  readonly platformRole: 'admin' | null
  readonly orders: number
}

const acme = { organization: 'acme', platformRole: null, orders: 0 } as const

export const people = {
  root: {
    email: 'root@rampart.test',
    name: 'Root',
    organization: 'root',
    role: 'owner',
    platformRole: 'admin',
    orders: 0,
  },
  olivia: { ...acme, email: 'olivia@acme.test', name: 'Olivia Owner', role: 'owner' },
  adam: { ...acme, email: 'adam@acme.test', name: 'Adam Admin', role: 'admin', orders: 24 },
  alice: { ...acme, email: 'alice@acme.test', name: 'Alice Archer', role: 'member', orders: 24 },
  victor: { ...acme, email: 'victor@acme.test', name: 'Victor Viewer', role: 'viewer' },
  bob: {
    email: 'bob@globex.test',
    name: 'Bob Baker',
    organization: 'globex',
    role: 'member',
    platformRole: null,
    orders: 24,
  },
} as const satisfies Record<string, Person>

const statuses = ['draft', 'open', 'paid', 'cancelled'] as const
const currencies = ['EUR', 'USD', 'GBP'] as const

/** The same orders at every seeding, so that an example can be repeated. */
export function ordersOf(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    status: statuses[index % statuses.length] ?? 'draft',
    currency: currencies[index % currencies.length] ?? 'EUR',
    totalCents: 1_250 + index * 375,
    note: index % 3 === 0 ? `Example order ${index + 1}` : null,
  }))
}
