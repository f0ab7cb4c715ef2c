import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { prometheusConfig, ruleFiles, rules, ruleTests } from '../support/monitoring-files.ts'

const run = promisify(execFile)
const promtool = process.env['PROMTOOL'] ?? ''

test('promtool takes the rules and the configuration', async () => {
  const { stdout } = await run(promtool, ['check', 'rules', ...ruleFiles])
  const found = [...stdout.matchAll(/SUCCESS: (\d+) rules found/g)].map(([, count]) =>
    Number(count),
  )
  const sum = found.reduce((total, count) => total + count, 0)
  expect(sum).toBe(rules.alerts.length + rules.records.length)
  await run(promtool, ['check', 'config', '--syntax-only', prometheusConfig])
})

test('every alert fires where it has to, and not where it has not', async () => {
  await run(promtool, ['test', 'rules', ...ruleTests])
  const text = ruleTests.map((path) => readFileSync(path, 'utf8')).join('\n')
  for (const alert of rules.alerts) {
    const silent = new RegExp(
      `alertname: ${alert}, exp_alerts: \\[\\]|alertname: ${alert}\\n +exp_alerts: \\[\\]`,
    )
    const firing = new RegExp(`alertname: ${alert}\\n +exp_alerts:\\n|\\{alertname="${alert}"\\}`)
    expect([silent.test(text), firing.test(text)], alert).toEqual([true, true])
  }
})
