import type { Alert, RuleName } from '@repo/detection'
import { expect } from 'vitest'
import { createAdministrator } from './administer.ts'
import type { World } from './create-world.ts'

type Listed = Omit<Alert, 'firstAt' | 'lastAt'> & {
  readonly firstAt: string
  readonly lastAt: string
}

export interface AlertWatch {
  /** The alerts since the watch began, once what was seen so far is counted. */
  list(): Promise<readonly Pick<Listed, 'rule' | 'subject'>[]>
  /** Waits for the alert of a rule and a subject, which has to come within two seconds. */
  waitFor(rule: RuleName, subject: string | null): Promise<Listed>
}

// Of an alert, from what caused it on; a machine that is five times slower waits longer to see that it came in time.
const withinMs = 2_000
const patienceMs = 5 * withinMs

/** Looks at alerts as an administrator does, over HTTP; those that there were before are left out. */
export async function watchAlerts(world: World): Promise<AlertWatch> {
  const { services } = world.api

  async function read(): Promise<readonly Listed[]> {
    // The clock of a test moves: a session of now is fresh.
    const { ask } = await createAdministrator(world)
    const { body, text } = await ask('GET /admin/alerts?limit=100')
    const items = body?.['items']
    if (!Array.isArray(items)) throw new Error(`No alerts: ${text}`)
    return items
  }

  await services.detection.flush()
  const before = new Set((await read()).map(({ id }) => id))
  const readNew = async () => (await read()).filter(({ id }) => !before.has(id))
  return {
    async list() {
      await services.detection.flush()
      return (await readNew()).map(({ rule, subject }) => ({ rule, subject }))
    },
    async waitFor(rule, subject) {
      const causedAt = services.clock().getTime()
      const find = async () =>
        (await readNew()).find((alert) => alert.rule === rule && alert.subject === subject)
      await expect.poll(find, { timeout: patienceMs, interval: 50 }).toBeDefined()
      const alert = await find()
      if (!alert) throw new Error('The alert is gone.')
      expect(new Date(alert.firstAt).getTime() - causedAt).toBeLessThan(withinMs)
      return alert
    },
  }
}

/** Asks the same so many times, ten at once. */
export async function askTimes<Result>(
  times: number,
  ask: (index: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  for (let start = 0; start < times; start += 10) {
    const indices = Array.from({ length: Math.min(10, times - start) }, (_, index) => start + index)
    results.push(...(await Promise.all(indices.map(ask))))
  }
  return results
}
