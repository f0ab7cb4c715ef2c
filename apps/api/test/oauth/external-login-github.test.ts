import { randomInt, randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { GitHubPerson } from '../support/start-github.ts'
import {
  createVisit,
  type ExternalLoginBench,
  useExternalLogin,
} from '../support/use-external-login.ts'

let bench: ExternalLoginBench
let person: GitHubPerson

useExternalLogin((made) => {
  bench = made
})

function newPerson(): GitHubPerson {
  const email = `${randomUUID()}@elsewhere.test`
  return {
    user: { id: randomInt(2 ** 32), login: 'octo', name: null, email: 'public@elsewhere.test' },
    emails: [
      { email: `old-${email}`, primary: false, verified: true },
      { email, primary: true, verified: true },
    ],
  }
}

beforeEach(() => {
  person = newPerson()
  bench.github.person = person
  bench.github.apiStatus = 200
})

const primaryOf = ({ emails }: GitHubPerson) => String(emails[1]?.['email'])
const identities = () =>
  bench.world.sql.run(
    `SELECT u.email, u.name, e.issuer, e.provider FROM external_identities e
       JOIN users u ON u.id = e.user_id WHERE e.subject = $1`,
    [String(person.user['id'])],
  )

describe('log-in with GitHub', () => {
  it('makes an account with the primary address, and finds it again by the number alone', async () => {
    const email = primaryOf(person)
    const page = await createVisit(bench).logIn('github')
    expect(page.text).toContain(`You are signed in as <strong>${email}</strong>`)
    const { site } = bench.github
    const made = [{ email, name: 'octo', issuer: site, provider: 'github' }]
    expect(await identities()).toEqual(made)
    bench.github.person = { ...person, user: { ...person.user, login: 'renamed' }, emails: [] }
    expect((await createVisit(bench).logIn('github')).text).toContain(email)
    expect(await identities()).toEqual(made)
  })

  const unproven: readonly [why: string, emails: GitHubPerson['emails']][] = [
    [
      'a primary address that is not verified',
      [{ email: 'a@b.test', primary: true, verified: false }],
    ],
    ['only another address verified', [{ email: 'a@b.test', primary: false, verified: true }]],
    [
      'a verified one beside an unverified primary',
      [
        { email: 'a@b.test', primary: true, verified: false },
        { email: 'c@b.test', primary: false, verified: true },
      ],
    ],
    ['a word for a yes', [{ email: 'a@b.test', primary: true, verified: 'true' }]],
    ['no address', []],
  ]

  it.each(unproven)('with %s is refused', async (_, emails) => {
    bench.github.person = { ...person, emails }
    const page = await createVisit(bench).logIn('github')
    expect([page.status, page.text.includes('not verified')]).toEqual([403, true])
    expect(await identities()).toEqual([])
  })

  it('takes no account for another that has given up its name', async () => {
    await createVisit(bench).logIn('github')
    const squatter = { ...newPerson(), user: { ...person.user, id: randomInt(2 ** 32) } }
    bench.github.person = { ...squatter, emails: [] }
    expect((await createVisit(bench).logIn('github')).status).toBe(403)
  })

  it.each([
    ['another state', (query: URLSearchParams) => query.set('state', 'x')],
    ['a made-up code', (query: URLSearchParams) => query.set('code', 'x')],
    ['no code', (query: URLSearchParams) => query.delete('code')],
    [
      'the name of another issuer',
      (query: URLSearchParams) => query.set('iss', 'https://evil.test'),
    ],
  ])('with %s is refused', async (_, change) => {
    const visit = createVisit(bench)
    const callback = await visit.answer(await visit.begin('github'))
    change(callback.searchParams)
    expect((await visit.arrive(callback)).status).toBe(400)
    expect([visit.agent.cookies(), await identities()]).toEqual([[], []])
  })

  it('with the code of another attempt is refused (PKCE)', async () => {
    const [victim, attacker] = [createVisit(bench), createVisit(bench)]
    const callback = await victim.answer(await victim.begin('github'))
    const other = await attacker.answer(await attacker.begin('github'))
    callback.searchParams.set('code', other.searchParams.get('code') ?? '')
    expect((await victim.arrive(callback)).status).toBe(400)
  })

  it('of somebody who said no signs nobody in', async () => {
    bench.github.person = null
    expect((await createVisit(bench).logIn('github')).status).toBe(401)
  })

  it('whose API fails answers 503, and works once it is back', async () => {
    bench.github.apiStatus = 500
    expect((await createVisit(bench).logIn('github')).status).toBe(503)
    bench.github.apiStatus = 200
    expect((await createVisit(bench).logIn('github')).status).toBe(200)
  })

  it('whose API sends no user signs nobody in', async () => {
    for (const user of [{}, { id: 'x' }, { id: 1.5 }, []]) {
      bench.github.person = { ...person, user: Object(user) }
      const page = await createVisit(bench).logIn('github')
      expect([page.status, page.text.includes('signed in as')]).toEqual([503, false])
    }
  })
})
