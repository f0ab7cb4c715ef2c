import { describe, expect, it } from 'vitest'
import { id, serialId } from './id.ts'

const uuid = '0192f0c1-7d3a-7c55-9a3e-1f2b3c4d5e6f'

describe('id', () => {
  it('accepts a UUID and writes it in lower case', () => {
    expect(id.parse(uuid)).toBe(uuid)
    expect(id.parse(uuid.toUpperCase())).toBe(uuid)
  })

  it.each([
    '',
    '1',
    `{${uuid}}`,
    uuid.replaceAll('-', ''),
    ` ${uuid}`,
    `${uuid}\n`,
    `${uuid}' OR '1'='1`,
    uuid.replace('0', 'g'),
    `${uuid}/../${uuid}`,
  ])('refuses %j', (value) => {
    expect(id.safeParse(value).success).toBe(false)
  })
})

describe('serialId', () => {
  it.each([1, 42, 2_147_483_647])('accepts %d', (value) => {
    expect(serialId.parse(value)).toBe(value)
  })

  it.each([
    0,
    -1,
    1.5,
    2_147_483_648,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '1',
    '',
    true,
    null,
    [1],
    {},
  ])('refuses %j', (value) => {
    expect(serialId.safeParse(value).success).toBe(false)
  })
})
