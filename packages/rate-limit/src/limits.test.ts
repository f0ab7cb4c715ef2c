import { expect, test } from 'vitest'
import { type LimitPolicy, limits } from './limits.ts'

test.each(Object.entries<LimitPolicy>(limits))(
  'without Redis the limit %s is tighter, but nobody is locked out by it',
  (name, { limit, fallbackLimit, windowSeconds }) => {
    expect(fallbackLimit).toBeGreaterThan(0)
    expect(windowSeconds).toBeGreaterThan(0)
    // So tight already that each replica may have the whole of it.
    const isTightest = name === 'failedLogin' || name === 'strayMail'
    expect(fallbackLimit / limit).toBeLessThanOrEqual(isTightest ? 1 : 0.5)
  },
)
