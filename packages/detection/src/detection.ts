import type { RedisConnection } from '@repo/redis'
import type { AddressBlock, AddressBlocks } from './address-blocks.ts'
import type { Alert, AlertStore } from './alert-store.ts'
import { evaluate } from './evaluate.ts'
import { createFindings } from './findings.ts'
import { createLosses } from './losses.ts'
import type { Finding } from './rule.ts'
import { type RuleName, ruleNames, rules } from './rules.ts'
import type { SecurityEvent } from './security-event.ts'
import { createTallies, type Tally } from './tallies.ts'

export interface Detection {
  /**
   * Takes an event, and never rejects. Resolves when what must hold before the answer does: a failed log-in has
   * closed its address; every other event is counted behind the answer, within 200 ms.
   */
  observe(event: SecurityEvent): Promise<void>
  /** Counts what waits, and stores the alerts that follow. */
  flush(): Promise<void>
  /** How many alerts this process has raised. */
  countRaised(): number
  /** How many events came to nothing, since Redis or Postgres did not take them or too many came. */
  countDropped(): number
  /** Counts and stores what waits, and stops; what Postgres does not take then is lost, and counted as that. */
  close(): Promise<void>
}

export interface DetectionOptions {
  readonly redis: RedisConnection['client']
  readonly alerts: AlertStore
  readonly blocks: AddressBlocks
  /** Whether an address may fail once more: false for the tenth of five minutes. */
  readonly mayFailAgain: (address: string) => Promise<boolean>
  /** Added to the clock of Redis, for tests. */
  readonly clockOffsetMs?: () => number
  readonly onAlert: (alert: Alert) => void
  readonly onBlocked: (block: AddressBlock, rule: RuleName) => void
  readonly onError: (error: unknown) => void
  /** How many events were lost since the last time: at the begin and at the end of each outage. */
  readonly onDropped: (error: unknown, dropped: number) => void
}

const flushMs = 200
// A flood of keys must not fill the memory, nor one request to Redis; nor alerts that Postgres does not take.
const maxKeys = 10_000
const maxKeysAtOnce = 250
const maxFindings = 1_000

const rulesOn = Map.groupBy(ruleNames, (name) => rules[name].on)

/** Counts security events by the table of rules, in Redis so that all replicas agree, and raises alerts. */
export function createDetection(options: DetectionOptions): Detection {
  const { redis, blocks, clockOffsetMs = () => 0 } = options
  const tallies = createTallies(maxKeys)
  const findings = createFindings(options.alerts, maxFindings)
  const losses = createLosses(options.onDropped)
  let raised = 0
  let flushing: Promise<void> | null = null

  function keep(name: RuleName, finding: Finding): void {
    if (findings.add(name, finding)) return
    losses.add(finding.added, new Error('More findings waited for Postgres than are kept.'))
  }

  async function observeExactly(name: RuleName, address: string): Promise<void> {
    const { measure, reaction } = rules[name]
    if (measure.kind !== 'exact' || (await options.mayFailAgain(address))) return
    keep(name, { subject: address, total: measure.threshold, added: 1 })
    if (reaction === 'alertAndBlock') {
      options.onBlocked(await blocks.block(address, name), name)
    }
  }

  function count(name: RuleName, event: SecurityEvent): Promise<void> | null {
    const counted = rules[name].count(event)
    if (counted === null) return null
    if (rules[name].measure.kind === 'exact') return observeExactly(name, counted.key)
    if (!tallies.add(name, counted)) losses.add(1)
    return null
  }

  async function evaluateOne(tally: Tally): Promise<void> {
    try {
      const finding = await evaluate(tally, { redis, offsetMs: clockOffsetMs() })
      if (finding) keep(tally.rule, finding)
    } catch (error) {
      losses.add(tally.count, error)
    }
  }

  async function evaluateAll(): Promise<void> {
    const taken = tallies.take()
    for (let start = 0; start < taken.length; start += maxKeysAtOnce) {
      await Promise.all(taken.slice(start, start + maxKeysAtOnce).map(evaluateOne))
    }
    losses.report(taken.length > 0)
  }

  async function run(): Promise<void> {
    await evaluateAll()
    await findings
      .store((alert) => {
        raised += 1
        options.onAlert(alert)
      })
      .catch(options.onError)
  }

  /** One at a time: while Redis is slow, what comes is added up in memory. */
  function start(): Promise<void> {
    flushing ??= run().finally(() => {
      flushing = null
    })
    return flushing
  }
  const timer = setInterval(() => void start(), flushMs)
  timer.unref()

  async function flush(): Promise<void> {
    await flushing
    await start()
  }

  return {
    async observe(event) {
      const pending = (rulesOn.get(event.kind) ?? []).map((name) => count(name, event))
      await Promise.all(pending.map((counting) => counting?.catch(options.onError)))
    },
    flush,
    countRaised: () => raised,
    countDropped: losses.count,
    async close() {
      clearInterval(timer)
      await flushing
      findings.retryNow()
      await start()
      const waiting = findings.countWaiting()
      if (waiting > 0) losses.add(waiting, new Error('Findings waited for Postgres at the end.'))
      losses.close()
    },
  }
}
