import { describe, expect, it } from 'vitest'
import { email } from './email.ts'

const local64 = 'a'.repeat(64)
// 64 before the @, and as much after it as makes the whole.
const ofLength = (length: number) => `${local64}@${'b'.repeat(length - 69)}.com`

const accepted: readonly [why: string, address: string][] = [
  ['a plain address', 'alice@example.com'],
  ['dots between words', 'alice.b.smith@mail.example.co.uk'],
  ['a tag, an exception to the guide', 'user+tag@example.com'],
  ['underscores and hyphens', 'first_last-name@my-host.example'],
  ['digits alone', '123@456.io'],
  ['a label of one letter', 'a@b.c'],
  ['64 characters before the @', `${local64}@example.com`],
  ['254 characters in all', ofLength(254)],
]

const refused: readonly [why: string, address: string][] = [
  ['nothing', ''],
  ['no @', 'alice.example.com'],
  ['two @', 'alice@bob@example.com'],
  ['nothing before the @', '@example.com'],
  ['nothing after the @', 'alice@'],
  ['a domain of one label', 'alice@localhost'],
  ['dots alone', '..@..c'],
  ['two dots before the @', 'alice..smith@example.com'],
  ['two dots after the @', 'alice@example..com'],
  ['a leading dot', '.alice@example.com'],
  ['a dot before the @', 'alice.@example.com'],
  ['a dot after the @', 'alice@.example.com'],
  ['a trailing dot', 'alice@example.com.'],
  ['a leading hyphen, an option to a mailer', '-oQ@example.com'],
  ['a label that begins with a hyphen', 'alice@-example.com'],
  ['a label that ends with a hyphen', 'alice@example-.com'],
  ['an underscore in the domain', 'alice@my_host.example'],
  ['an underscore at its end', 'alice@example.c_m'],
  ['65 characters before the @', `a${local64}@example.com`],
  ['255 characters in all', ofLength(255)],
  ['white space around it', ' alice@example.com'],
  ['a line end after it', 'alice@example.com\n'],
  ['a header after it', 'alice@example.com\r\nBcc: eve@example.com'],
  ['a second recipient', 'alice@example.com,eve@example.com'],
  ['a display name', 'Alice <alice@example.com>'],
  ['a quoted part', '"alice"@example.com'],
  ['a domain that is nobody’s', 'alice@Service.INVALID'],
  ['an address literal', 'alice@[127.0.0.1]'],
  ['a NUL', 'alice\0@example.com'],
  ['markup', '<script>@example.com'],
  ['a Kelvin sign, which lower-cases to k', 'ali\u212Ae@example.com'],
  ['a dotted capital I', 'al\u0130ce@example.com'],
  ['full-width letters, which NFKC folds to ASCII', '\uFF41lice@example.com'],
  ['a Cyrillic a', '\u0430lice@example.com'],
]

describe('email', () => {
  it.each(accepted)('accepts %s: %s', (_, address) => {
    expect(email.parse(address)).toBe(address)
  })

  it.each(refused)('refuses %s', (_, address) => {
    expect(email.safeParse(address).success).toBe(false)
  })

  it('makes two spellings of one address equal', () => {
    expect(email.parse('Alice.Smith+Tag@Example.COM')).toBe('alice.smith+tag@example.com')
  })

  it.each(['a', 'a.', 'a@', 'a@a', 'a@a.', 'a@a-'])(
    'answers at once on 100 000 times %j and a wrong end',
    (part) => {
      const started = performance.now()
      expect(email.safeParse(`a@${part.repeat(100_000)}!`).success).toBe(false)
      expect(email.safeParse(`${part.repeat(100_000)}!`).success).toBe(false)
      // Linear work takes a few milliseconds; quadratic work would take minutes.
      expect(performance.now() - started).toBeLessThan(10_000)
    },
  )
})
