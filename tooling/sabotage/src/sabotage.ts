import { parseArgs } from 'node:util'
import { copyWorkspace, type WorkspaceCopy } from '@repo/testing'
import { checkClean, type Unfit } from './check-clean.ts'
import type { Mutation } from './mutation.ts'
import { mutations } from './mutations.ts'
import { runMutation } from './run-mutation.ts'
import type { Verdict } from './verdict.ts'

const { values } = parseArgs({
  options: { only: { type: 'string' }, jobs: { type: 'string', default: '1' } },
})

/** `pnpm test:sabotage`: switches one control off after another, and wants each to be noticed. */
async function sabotage(): Promise<boolean> {
  const chosen = mutations.filter(({ name }) => name.includes(values.only ?? ''))
  if (chosen.length === 0) throw new Error(`No mutation is named ${values.only}.`)
  const jobs = Math.min(Math.max(1, Number(values.jobs) || 1), chosen.length)
  const copies: WorkspaceCopy[] = []
  try {
    const first = await copyWorkspace()
    copies.push(first)
    let findUnfit: Unfit = () => undefined
    await timed('without any mutation', async () => {
      findUnfit = await checkClean(first, chosen)
      const unfit = new Set(chosen.map(findUnfit).filter((why) => why !== undefined))
      return unfit.size === 0 ? 'every test passes' : [...unfit].join('; ')
    })
    while (copies.length < jobs) copies.push(await copyWorkspace())
    const waiting = [...chosen]
    const caught = await Promise.all(copies.map((copy) => work(copy, waiting, findUnfit)))
    const count = caught.reduce((sum, each) => sum + each, 0)
    console.log(`${count}/${chosen.length}`)
    return count === chosen.length
  } finally {
    await Promise.all(copies.map((copy) => copy.remove()))
  }
}

/** Takes one mutation after another off the list; how many were caught. */
async function work(copy: WorkspaceCopy, waiting: Mutation[], findUnfit: Unfit): Promise<number> {
  let caught = 0
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const mutation = next
    await timed(mutation.name, async () => {
      const why = findUnfit(mutation)
      const verdict: Verdict = why ? { kind: 'broken', why } : await runMutation(copy, mutation)
      if (verdict.kind === 'caught') caught += 1
      if (verdict.kind === 'survived') return 'NOT CAUGHT'
      return verdict.kind === 'caught' ? verdict.by : `NOT CAUGHT, no answer: ${verdict.why}`
    })
  }
  return caught
}

async function timed(name: string, task: () => Promise<string>): Promise<void> {
  const start = performance.now()
  const result = await task()
  const seconds = ((performance.now() - start) / 1_000).toFixed(1)
  console.log([name, result, `${seconds} s`].filter(Boolean).join(' · '))
}

process.exitCode = (await sabotage()) ? 0 : 1
