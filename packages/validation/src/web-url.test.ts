import { describe, expect, it } from 'vitest'
import { toInputProblems } from './to-input-problems.ts'
import { webUrl, webUrlOf } from './web-url.ts'

const taken: readonly [text: string, kept: string][] = [
  ['https://example.com', 'https://example.com/'],
  ['https://example.com/a?b=c#d', 'https://example.com/a?b=c#d'],
  ['https://EXAMPLE.com:443/A', 'https://example.com/A'],
  ['https://example.com:8443/', 'https://example.com:8443/'],
  ['https://bücher.example/straße', 'https://xn--bcher-kva.example/stra%C3%9Fe'],
  ['https://example.com/a/../b', 'https://example.com/b'],
  ['https://example.com/@user/1?mail=a@b.test', 'https://example.com/@user/1?mail=a@b.test'],
  ['https://example.com/"><script>', 'https://example.com/%22%3E%3Cscript%3E'],
  // Where it leads is for who connects to say; here it is seen for what it is.
  ['https://2130706433/', 'https://127.0.0.1/'],
  ['https://0x7f.1/', 'https://127.0.0.1/'],
  ['https://[::1]/', 'https://[::1]/'],
  ['https://ⓔxample.com/', 'https://example.com/'],
]

const refused: readonly string[] = [
  ...['', 'example.com', '//example.com', '/a', 'https://', 'https:///a', 'https:example.com'],
  ...['http://example.com/', 'HTTPS://example.com/', 'ftp://example.com/', 'javascript:alert(1)'],
  ...[
    'data:text/html,<script>',
    'javascript://example.com/%0aalert(1)',
    'blob:https://example.com/',
  ],
  ...['https://user@example.com/', 'https://user:secret@example.com/', 'https://@example.com/'],
  ...[
    'https://example.com\\@evil.test/',
    'https:\\\\example.com/',
    'https://evil.test\\.example.com/',
  ],
  ...[
    ' https://example.com/',
    'https://example.com/ ',
    'https://exam\tple.com/',
    'https://e.com/\n',
  ],
  ...['https://example.com/a b', 'https://example.com/\0', 'https://example.com/\u202ecod.exe'],
  ...[
    'https://example.com/\u0085',
    'https://example.com/\ud800',
    'https://\u00ad/',
    'https://a:99999/',
  ],
  ...[
    'https://exa%mple.com/',
    'https://999.1.1.1/',
    'https://[::1/',
    'https://%2f/',
    'https://a|b/',
  ],
  `https://example.com/${'a'.repeat(2_048)}`,
  // Short as it came, too long when every character is escaped.
  `https://example.com/${'é'.repeat(400)}`,
]

describe('webUrl', () => {
  it.each(taken)('takes %j and keeps %j', (text, kept) => {
    expect(webUrl.parse(text)).toBe(kept)
    expect(webUrl.parse(kept)).toBe(kept)
  })

  it.each(refused)('refuses %j', (text) => {
    expect(webUrl.safeParse(text).success).toBe(false)
  })

  it('takes 2048 characters', () => {
    const longest = `https://example.com/${'a'.repeat(2_028)}`
    expect(webUrl.parse(longest)).toHaveLength(2_048)
  })

  it('takes plain HTTP where it is asked to, and no other scheme', () => {
    const either = webUrlOf({ plainHttp: true })
    expect(either.parse('http://example.com:80/')).toBe('http://example.com/')
    expect(either.parse('https://example.com/')).toBe('https://example.com/')
    for (const text of ['javascript:alert(1)', 'ftp://example.com/', 'http://user@example.com/']) {
      expect(either.safeParse(text).success).toBe(false)
    }
  })

  it('says what is wrong and nothing of what it was given', () => {
    const problemsOf = (text: string) =>
      toInputProblems(webUrl.safeParse(text).error ?? { issues: [] })
    expect(problemsOf('javascript:canary')).toEqual([
      { pointer: '', code: 'not_a_url', detail: expect.not.stringContaining('canary') },
    ])
  })
})
