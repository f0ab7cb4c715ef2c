import { describe, expect, it } from 'vitest'
import { richText } from './rich-text.ts'
import { richTextToHtml } from './rich-text-to-html.ts'
import { toInputProblems } from './to-input-problems.ts'

const schema = richText(100)
const paragraph = (...content: readonly object[]) => ({ type: 'paragraph', content })

const whole = [
  { type: 'heading', level: 2, content: [{ text: 'On <b>' }] },
  paragraph(
    { text: 'Read ' },
    { text: 'this', link: 'https://example.com/?a=1&b="', bold: true },
    { text: ' & “that”', italic: true, strike: true, code: true },
  ),
  { type: 'quote', content: [{ text: "it's" }] },
  { type: 'list', ordered: true, items: [[{ text: 'one' }], []] },
  { type: 'list', ordered: false, items: [] },
  { type: 'code', text: 'a\n  <b>' },
]

const problemsOf = (value: unknown) =>
  toInputProblems(schema.safeParse(value).error ?? { issues: [] }).map(
    ({ pointer, code }) => `${pointer} ${code}`,
  )

describe('rich text', () => {
  it('is kept as it came, but for the spelling of a link', () => {
    expect(schema.parse(whole)).toEqual(JSON.parse(JSON.stringify(whole).replace('b=\\"', 'b=%22')))
  })

  it('is written out as the elements it may hold, its texts encoded', () => {
    expect(richTextToHtml(schema.parse(whole)).split('\n')).toEqual([
      '<h2>On &lt;b&gt;</h2>',
      '<p>Read <a href="https://example.com/?a=1&amp;b=%22" rel="nofollow noopener noreferrer ugc"><strong>this</strong></a><em><s><code> &amp; “that”</code></s></em></p>',
      '<blockquote>it&#39;s</blockquote>',
      '<ol><li>one</li><li></li></ol>',
      '<ul></ul>',
      '<pre><code>a',
      '  &lt;b&gt;</code></pre>',
    ])
  })

  it.each<[string, unknown, string[]]>([
    ['HTML', '<p>Hello</p>', [' invalid_type']],
    ['an element it does not know', [{ type: 'script', text: '' }], ['/0/type invalid_union']],
    ['raw HTML inside', [{ type: 'html', html: '' }], ['/0/type invalid_union']],
    ['an attribute', [{ ...paragraph(), onclick: 'x' }], ['/0/onclick unknown_field']],
    [
      'an attribute of a text',
      [paragraph({ text: 'a', style: 'x' })],
      ['/0/content/0/style unknown_field'],
    ],
    [
      'a script for a link',
      [paragraph({ text: 'a', link: 'javascript:alert(1)' })],
      ['/0/content/0/link not_a_url'],
    ],
    [
      'a title of the page',
      [{ type: 'heading', level: 1, content: [] }],
      ['/0/level invalid_value'],
    ],
    ['NUL', [paragraph({ text: 'a\0' })], ['/0/content/0/text nul_character']],
    ['half a character', [{ type: 'code', text: '\ud800' }], ['/0/text ill_formed_text']],
    [
      'a list in a list',
      [{ type: 'list', ordered: true, items: [[[]]] }],
      ['/0/items/0/0 invalid_type'],
    ],
    ['too long a text', [paragraph({ text: 'a'.repeat(101) })], ['/0/content/0/text too_big']],
    [
      'texts too long together',
      [paragraph({ text: 'a'.repeat(60) }), { type: 'code', text: '😀'.repeat(41) }],
      [' too_much_text'],
    ],
    ['too many blocks', Array.from({ length: 501 }, () => paragraph()), [' too_big']],
    [
      'several things at once',
      [paragraph({ text: 1 }, { text: 'a', link: 'x' }), { type: 'list', items: [] }],
      ['/0/content/0/text invalid_type', '/0/content/1/link not_a_url', '/1/ordered invalid_type'],
    ],
  ])('refuses %s', (_name, value, problems) => {
    expect(problemsOf(value)).toEqual(problems)
  })

  it('takes 100 characters in two texts, counted as a reader does', () => {
    expect(problemsOf([paragraph({ text: '😀'.repeat(60) }, { text: 'a'.repeat(40) })])).toEqual([])
  })

  it('writes no link that its schema would refuse, however it came to be stored', () => {
    const stored = [paragraph({ text: 'a', link: 'javascript:alert(1)' })]
    // As a row that was written before, or past, the schema.
    expect(richTextToHtml(JSON.parse(JSON.stringify(stored)))).toBe('<p>a</p>')
  })
})
