import { type RichText, richText, richTextToHtml } from '@repo/validation'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hostileStrings } from '../support/hostile-strings.ts'
import { linkAttacks, markupAttacks, runningMarkup } from '../support/markup-attacks.ts'
import { openChromium, type TestBrowser } from '../support/open-chromium.ts'

let browser: TestBrowser
let page: Page

beforeAll(async () => {
  browser = await openChromium()
  page = (await browser.visit()).page
  // What a text could call must not leave this machine, and a failed picture is what most of them wait for.
  await page.route('**', (route) => route.abort())
})
afterAll(() => browser.close())

interface Shown {
  readonly attacked: boolean
  readonly text: string
  readonly elements: readonly string[]
  readonly attributes: readonly string[]
}

// In the words of a browser, whose types Node does not have. Written and read twice: what a first parse
// leaves alone, a second one may not.
const show = `async (html) => {
  delete globalThis.attacked
  document.body.innerHTML = html
  document.body.innerHTML = document.body.innerHTML
  for (const link of document.querySelectorAll('a')) link.addEventListener('click', (event) => event.preventDefault())
  for (const element of document.querySelectorAll('body *')) element.click?.()
  await new Promise((resolve) => setTimeout(resolve, 50))
  const all = [...document.querySelectorAll('body *')]
  return {
    attacked: 'attacked' in globalThis,
    text: document.body.textContent,
    elements: [...new Set(all.map((element) => element.localName))],
    attributes: [...new Set(all.flatMap((element) => element.getAttributeNames()))],
  }
}`

const shown = (html: string): Promise<Shown> =>
  page.evaluate(`(${show})(${JSON.stringify(html).replaceAll('<', '\\u003c')})`)

/** The text in every place of a tree where a text can stand. */
const everywhere = (text: string): RichText => {
  const content = [{ text, bold: true, italic: true, strike: true, code: true }]
  return [
    { type: 'paragraph', content },
    { type: 'quote', content },
    { type: 'heading', level: 2, content },
    { type: 'list', ordered: false, items: [content] },
    { type: 'code', text },
  ]
}

const allowed = ['p', 'blockquote', 'h2', 'ul', 'li', 'pre', 'code', 's', 'em', 'strong', 'a']
// As HTML reads line ends, and the one that a <pre> swallows.
const asRead = (text: string) => text.replaceAll(/\r\n?/g, '\n')
const letters = (text: string) => asRead(text).replaceAll(/\s/g, '')

it.each(runningMarkup)('%s runs where it is taken for HTML', async (markup) => {
  // Some need a moment to load.
  await shown(markup)
  await expect.poll(() => page.evaluate('"attacked" in globalThis'), { timeout: 10_000 }).toBe(true)
})

it('no text is more than a text, wherever it stands', async () => {
  const schema = richText(60_000)
  let count = 0
  for (const text of [...markupAttacks, ...hostileStrings]) {
    const parsed = schema.safeParse(everywhere(text))
    // NUL and half characters.
    if (!parsed.success) continue
    count += 1
    const html = richTextToHtml(parsed.data)
    const { elements, attributes } = await shownQuickly(html)
    expect(
      elements.filter((name) => !allowed.includes(name)),
      text,
    ).toEqual([])
    expect(attributes, text).toEqual([])
  }
  expect(count).toBeGreaterThan(500)
}, 120_000)

/** The same without the wait: what has become of the text is known at once. */
async function shownQuickly(html: string): Promise<Shown> {
  return page.evaluate(
    `(${show.replace('await new Promise((resolve) => setTimeout(resolve, 50))', '')})(${JSON.stringify(html).replaceAll('<', '\\u003c')})`,
  )
}

it.each(markupAttacks)('%s is read as it was written, and does nothing', async (text) => {
  const { attacked, text: read } = await shown(
    richTextToHtml(richText(5_000).parse(everywhere(text))),
  )
  expect(attacked).toBe(false)
  expect(letters(read)).toBe(letters(text.repeat(5)))
})

it.each(linkAttacks)('a link to %j is refused, or leads to an https address', async (link) => {
  const tree = [{ type: 'paragraph', content: [{ text: 'a', link }] }]
  const parsed = richText(100).safeParse(tree)
  // As a row that never met the schema, too.
  const html = richTextToHtml(parsed.success ? parsed.data : JSON.parse(JSON.stringify(tree)))
  const { attacked, elements, attributes } = await shown(html)
  expect(attacked).toBe(false)
  expect(elements.filter((name) => name !== 'p')).toEqual(parsed.success ? ['a'] : [])
  expect(attributes).toEqual(parsed.success ? ['href', 'rel'] : [])
})
