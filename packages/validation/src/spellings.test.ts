import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { countryCode } from './country-code.ts'
import { calendarDate, moment } from './date-range.ts'
import { locale } from './locale.ts'
import { phone } from './phone.ts'
import { slug } from './slug.ts'
import { timeZone } from './time-zone.ts'

interface Spellings {
  readonly schema: z.ZodType<string>
  /** What is taken, and as what it comes out where that differs. */
  readonly taken: Readonly<Record<string, string>>
  readonly refused: readonly string[]
}

const same = (...texts: readonly string[]) =>
  Object.fromEntries(texts.map((text) => [text, text] as const))

// Of what no such text can hold, whatever it is.
const never = ['', ' ', 'a\0b', '\ud800', 'é', '１２３', '<script>', '../../etc/passwd', '\n']

const tables: Readonly<Record<string, Spellings>> = {
  'a slug': {
    schema: slug,
    taken: same('a', 'acme', 'acme-2', 'a-b-c', 'x'.repeat(63)),
    refused: [
      ...['Acme', '2fast', '-a', 'a-', 'a--b', 'a_b', 'a.b', 'a b', 'xn--bcher-kva', 'acme\n'],
      ...['x'.repeat(64), 'ａcme', 'ac\u0301me', 'а', '0192f0c1-7d3a-7c55-9a3e-1f2b3c4d5e6f'],
    ],
  },
  'a phone number': {
    schema: phone,
    taken: same('+4930123456', '+12025550123', '+6421234567', '+1234567', '+123456789012345'),
    refused: [
      ...[
        '4930123456',
        '+04930123456',
        '+49 30 123456',
        '+49-30-123456',
        '+123456',
        '0049301234567',
      ],
      ...[
        '+1234567890123456',
        '+49301234567;ext=1',
        'tel:+4930123456',
        '+４９３０１２３４５６',
        '+4930123456\n',
      ],
    ],
  },
  'a locale': {
    schema: locale,
    taken: {
      ...same('en', 'de-CH', 'zh-Hant-TW', 'sr-Latn', 'de-DE-u-co-phonebk', 'es-419'),
      ...{ 'en-us': 'en-US', 'ZH-hant-tw': 'zh-Hant-TW', iw: 'he', sh: 'sr-Latn' },
    },
    refused: [
      ...['de_DE', 'x-private', 'c', 'en-', 'en--US', 'root', 'en-US-en-US', 'en-US,en;q=0.5', '*'],
      ...[
        'en-US\n',
        'en-US.UTF-8',
        `en-${'abcdefgh-'.repeat(9)}a`,
        `sh-${'abcdefgh-'.repeat(3)}abcde`,
      ],
    ],
  },
  'a time zone': {
    schema: timeZone,
    taken: {
      ...same('Europe/Berlin', 'America/New_York', 'UTC'),
      ...{ 'europe/berlin': 'Europe/Berlin', 'US/Pacific': 'America/Los_Angeles' },
      'America/Argentina/ComodRivadavia': timeZone.parse('America/Catamarca'),
      'Asia/Kolkata': timeZone.parse('Asia/Calcutta'),
    },
    refused: [
      ...['+01:00', 'Z', 'Europe/Berlin2', 'Europe/Berlin\n', 'Etc/GMT+5', 'SystemV/EST5', 'local'],
      ...['posix/Europe/Berlin', '/etc/localtime', '../UTC', 'x'.repeat(1_000), 'Europe'],
    ],
  },
  'a country': {
    schema: countryCode,
    taken: same('DE', 'US', 'GB', 'TW', 'ZW', 'AD'),
    refused: ['de', 'UK', 'EU', 'XK', 'ZZ', 'DDR', 'D', 'D E', 'SU', 'YU', '__proto__', 'toString'],
  },
  'a day': {
    schema: calendarDate,
    taken: same('1900-01-01', '2024-02-29', '2026-12-31', '2199-12-31'),
    refused: [
      ...[
        '2023-02-29',
        '2026-13-01',
        '2026-00-10',
        '2026-04-31',
        '26-01-01',
        '2026-1-1',
        '1899-12-31',
      ],
      ...[
        '2200-01-01',
        '0000-01-01',
        '9999-12-31',
        '+012026-01-01',
        '2026-01-01T00:00:00Z',
        '2026/01/01',
      ],
      ...['2026-01-01\n', '2026-01-01 ', 'now()', 'infinity', 'epoch', '２０２６-01-01'],
    ],
  },
  'a moment': {
    schema: moment,
    taken: same(
      ...[
        '1900-01-01T00:00:00Z',
        '2199-12-31T23:59:59-23:59',
        '2026-11-27T10:00:00.123456789+05:30',
      ],
    ),
    refused: [
      ...[
        '0000-01-01T00:00:00Z',
        '9999-12-31T23:59:59-23:59',
        '1899-12-31T23:59:59Z',
        '2026-11-27',
      ],
      ...[
        '2026-11-27T24:00:00Z',
        '2026-11-27T10:00:60Z',
        '2026-11-27T10:00:00',
        '2026-11-27 10:00:00Z',
      ],
      ...[
        '2026-11-27t10:00:00z',
        '2026-11-27T10:00:00+24:00',
        `2026-11-27T10:00:00.${'0'.repeat(99)}Z`,
      ],
    ],
  },
}

describe.each(Object.entries(tables))('%s', (_name, { schema, taken, refused }) => {
  it.each(Object.entries(taken))('%j is one, kept as %j', (text, kept) => {
    expect(schema.parse(text)).toBe(kept)
    // What was kept is what would be kept again: equal things are equal texts.
    expect(schema.parse(kept)).toBe(kept)
  })

  it.each([...refused, ...never])('%j is none', (text) => {
    expect(schema.safeParse(text).success).toBe(false)
  })

  it.each([1, true, null, undefined, ['DE'], {}, new Date(0)])('%j is none', (value) => {
    expect(schema.safeParse(value).success).toBe(false)
  })
})

describe('the countries', () => {
  it('are the 249 of ISO 3166-1, each known to Unicode by this code', () => {
    const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
    expect(new Set(countryCode.options).size).toBe(249)
    for (const code of countryCode.options) {
      expect(names.of(code), code).toBeDefined()
      expect(new Intl.Locale(`und-${code}`).region, code).toBe(code)
    }
  })
})
