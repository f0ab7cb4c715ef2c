import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { currency, totalCents } from './money.ts'
import { pageInput, pageOf } from './page.ts'

const input = z.strictObject(pageInput)

describe('pageInput', () => {
  it('has 20 items to a page unless told', () => {
    expect(input.parse({})).toEqual({ limit: 20 })
  })

  it.each([
    { limit: 1 },
    { limit: 100 },
    { limit: 20, cursor: 'eyJpZCI6NDJ9-_' },
    { limit: 20, cursor: 'x'.repeat(200) },
  ])('accepts %j', (value) => {
    expect(input.parse(value)).toEqual(value)
  })

  it.each([
    { limit: 0 },
    { limit: 101 },
    { limit: 1.5 },
    { limit: '20' },
    { limit: null },
    { cursor: '' },
    { cursor: 'a=' },
    { cursor: "a' OR 1=1" },
    { cursor: 'x'.repeat(201) },
    { offset: 5 },
  ])('refuses %j', (value) => {
    expect(input.safeParse(value).success).toBe(false)
  })
})

describe('pageOf', () => {
  const page = pageOf(z.object({ id: z.int() }))

  it('drops what an item does not list', () => {
    const items = [{ id: 1, passwordHash: 'x' }]
    expect(page.parse({ items, nextCursor: null })).toEqual({
      items: [{ id: 1 }],
      nextCursor: null,
    })
  })

  it('demands a cursor or null', () => {
    expect(page.safeParse({ items: [] }).success).toBe(false)
  })
})

describe('money', () => {
  it.each(['EUR', 'USD', 'CHF'])('accepts %s', (code) => {
    expect(currency.parse(code)).toBe(code)
  })

  it.each(['eur', 'EURO', 'XXX', 'JPY', '', '__proto__', null])('refuses %j', (code) => {
    expect(currency.safeParse(code).success).toBe(false)
  })

  it.each(currency.options)('knows that %s is a currency of two decimals', (code) => {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency: code })
    expect(Intl.supportedValuesOf('currency')).toContain(code)
    expect(format.resolvedOptions().maximumFractionDigits).toBe(2)
  })

  it.each([0, 1, 2_147_483_647])('accepts %d cents', (cents) => {
    expect(totalCents.parse(cents)).toBe(cents)
  })

  it.each([-1, 0.5, 2_147_483_648, '1', null, false])('refuses %j as cents', (cents) => {
    expect(totalCents.safeParse(cents).success).toBe(false)
  })
})
