import { escapeHtml } from '@repo/validation'

/** A piece of a page: text that is in it was escaped. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | Html | readonly Html[] | null

/** HTML whose values become text, whatever they hold: html`<p>${name}</p>`. Null is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const written = parts.map(write)
  return new Html(strings.map((string, index) => string + (written[index] ?? '')).join(''))
}

function write(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'string') return escapeHtml(part)
  return part instanceof Html ? part.text : part.map(({ text }) => text).join('')
}

/** A whole page with our own style, as it is sent. */
export function writePage(title: string, main: Html): string {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <title>${title} – Rampart</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/account/page.css" />
  </head>
  <body>
    ${main}
  </body>
</html>
`.text
}
