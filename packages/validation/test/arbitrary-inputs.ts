import fc from 'fast-check'
import { countryCode, currency } from '../src/index.ts'

const nasty = fc.constantFrom(
  ...['é'.normalize('NFD'), '\u0958', '😀', '\0', '\ud800', '\n', '\u202e', '\u0085', '\u00a0'],
  ...['-', '--', '_', '.', '@', '/', ':', '+', ' ', '%', '\\', '#', '?', '=', '|', '[', ';', '<'],
)
const plain = fc.stringMatching(/^[A-Za-z\d]{0,30}$/)
const joined = (parts: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(parts, { maxLength }).map((made) => made.join(''))

const long = fc
  .tuple(
    fc.constantFrom('é'.normalize('NFD'), '\u0958', '😀', 'a'),
    fc.integer({ min: 5, max: 260 }),
  )
  .map(([part, count]) => part.repeat(count))
// Sometimes all of it is fine, sometimes a part is not.
const phrase = joined(fc.oneof({ weight: 4, arbitrary: plain }, nasty), 8)
const words = fc.oneof({ weight: 3, arbitrary: phrase }, long)
const word = fc.oneof({ weight: 3, arbitrary: plain }, words)
const text = fc.oneof(words, fc.string({ unit: 'binary', maxLength: 140 }), joined(nasty, 300))

const days = fc.date({
  min: new Date('1890-01-01'),
  max: new Date('2210-01-01'),
  noInvalidDate: true,
})
const moments = days.map((date) => date.toISOString())
const day = moments.map((moment) => moment.slice(0, 10))
const end = fc.constantFrom(
  'Z',
  '+05:30',
  '-23:59',
  'z',
  '',
  '+24:00',
  '.123456789Z',
  '0'.repeat(20),
)

const dateRange = fc
  .tuple(days, fc.integer({ min: -100, max: 400 }))
  .map(([from, count]) => ({ from, to: new Date(from.getTime() + count * 86_400_000) }))
  .map(({ from, to }) => ({
    from: from.toISOString().slice(0, 10),
    to: to.toISOString().slice(0, 10),
  }))

const host = fc.constantFrom(
  ...[
    'example.com',
    'EXAMPLE.com:8443',
    'bücher.example',
    '[::1]',
    '127.0.0.1',
    'a@b.test',
    'a_b.test',
  ],
  ...['localhost', 'a|b', '999.1.1.1', 'xn--a', 'a b', ''],
)
const scheme = fc.constantFrom(
  'https://',
  'https://',
  'https://',
  'http://',
  'HTTPS://',
  'javascript:',
)
const path = word.map((made) => `/${made}`)
const url = fc.tuple(scheme, host, path).map((parts) => parts.join(''))

const pieces = fc.array(
  fc.record({ text: word, bold: fc.boolean(), link: url, style: word }, { requiredKeys: ['text'] }),
  { maxLength: 2 },
)
const plainPieces = fc.array(fc.record({ text: plain, bold: fc.boolean() }), { maxLength: 2 })
const content = fc.oneof({ weight: 3, arbitrary: plainPieces }, pieces)
const block = fc.oneof(
  fc.record({ type: fc.constantFrom('paragraph', 'quote', 'html'), content }),
  fc.record({ type: fc.constant('heading'), level: fc.integer({ min: 1, max: 4 }), content }),
  fc.record({
    ...{ type: fc.constant('list'), ordered: fc.boolean() },
    items: fc.array(content, { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant('code'), text: word }),
)

const lettersOf = (letters: string, maxLength: number) =>
  fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength }).map((made) => made.join(''))
const email = fc
  .tuple(lettersOf('aaB7_.+-', 5), lettersOf('aaaB7_.-', 6), lettersOf('aab7_', 3))
  .map(([local, domain, top]) => `${local}@${domain}.${top}`)
const longEmail = fc.stringMatching(/^[a-z]{55,66}@([a-z]{1,9}\.){1,20}[a-z]{2,9}$/)

const timeZones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), 'UTC', 'Mars/Base')

/** Values that come close to what each schema takes, on both sides of its edge. */
export const arbitrary = {
  base64: fc.oneof(fc.base64String({ maxLength: 84 }), words),
  countryCode: fc.oneof(fc.constantFrom(...countryCode.options), plain),
  currency: fc.oneof(fc.constantFrom(...currency.options), plain),
  dateRange,
  day: fc.oneof(day, fc.stringMatching(/^20\d\d-[01]\d-[0-3]\d$/)),
  email: fc.oneof(email, fc.emailAddress(), longEmail),
  locale: fc.stringMatching(
    /^[A-Za-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?(-[a-z\d]{5,8}){0,4}$/,
  ),
  moment: fc.tuple(moments, end).map(([moment, offset]) => moment.slice(0, 19) + offset),
  phone: fc.stringMatching(/^\+?\d{5,17}$/),
  richText: fc.array(block, { maxLength: 3 }),
  slug: fc.oneof(
    fc.stringMatching(/^[a-z][a-z\d]{0,4}(-[a-z\d]{1,8}){0,8}$/),
    fc.stringMatching(/^[a-z\d]{1,4}(-{1,2}[a-z\d]{1,8}){0,9}$/),
  ),
  text,
  timeZone: fc
    .tuple(timeZones, fc.boolean())
    .map(([zone, low]) => (low ? zone.toLowerCase() : zone)),
  token: (minLength: number, maxLength: number) =>
    fc.array(fc.constantFrom(...'aZ09-_'), { minLength, maxLength }).map((made) => made.join('')),
  url,
  uuid: fc.tuple(fc.uuid(), fc.boolean()).map(([made, high]) => (high ? made.toUpperCase() : made)),
  words,
}
