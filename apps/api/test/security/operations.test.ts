import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Rule, ruleNames, rules } from '@repo/detection'
import { limits } from '@repo/rate-limit'
import { describe, expect, it } from 'vitest'

const path = join(import.meta.dirname, '../../../../docs/operations.md')
const text = await readFile(path, 'utf8')
const sections = new Map(
  text.split(/^### /m).flatMap((section) => {
    const [title = '', ...lines] = section.split(/^## /m)[0]?.split('\n') ?? []
    return /^\w+$/.test(title) ? [[title, lines.join('\n')] as const] : []
  }),
)

function thresholdOf({ measure }: Rule): string {
  switch (measure.kind) {
    case 'each':
      return 'each one'
    case 'exact':
    case 'count':
      return `${measure.threshold} within ${measure.windowSeconds} s`
    case 'distinct':
      return `${measure.threshold} different within ${measure.windowSeconds} s`
    case 'baseline':
      return `over ${measure.factor} × the usual of a minute and over ${measure.floor}`
    case 'history':
      return `over ${measure.deviations} deviations of its history and over ${measure.floor}`
    case 'novelty':
      return `new within ${measure.rememberedDays} days`
  }
}

function factsOf(rule: Rule): string {
  const facts = [thresholdOf(rule), rule.severity, `again after ${rule.rearmSeconds} s`]
  return [...facts, ...(rule.reaction === 'alertAndBlock' ? ['closes the address'] : [])].join(
    ' · ',
  )
}

describe('docs/operations.md', () => {
  it('has a section for each rule, in the order of the table, and none besides', () => {
    expect([...sections.keys()]).toEqual(ruleNames)
  })

  it.each(ruleNames)('says what %s means, what to do and how to tune it, as it is', (name) => {
    const section = sections.get(name) ?? ''
    expect(section).toContain(`\n*${factsOf(rules[name])}*\n`)
    for (const part of ['Means', 'Do', 'Tune']) {
      expect(section).toMatch(new RegExp(`^\\*\\*${part}\\.\\*\\* .{20}`, 'm'))
    }
  })
})

describe('the table of rules', () => {
  it('counts failed log-ins as the limiter does', () => {
    const { limit, windowSeconds } = limits.failedLogin
    const { measure } = rules.failed_log_ins
    expect(measure).toEqual({ kind: 'exact', threshold: limit + 1, windowSeconds })
  })

  it('closes addresses by rules that count addresses alone', () => {
    const closing = ruleNames.filter((name) => rules[name].reaction === 'alertAndBlock')
    expect(closing).toEqual(['failed_log_ins'])
  })

  it('names its alerts by the OWASP logging vocabulary', () => {
    for (const name of ruleNames) {
      expect(rules[name].vocabulary).toMatch(
        /^(authn|authz|input|malicious|sensitive|session)_\w+$/,
      )
    }
  })
})
