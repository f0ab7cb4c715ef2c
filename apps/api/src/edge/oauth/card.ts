import { type Html, html, writePage } from '../html.ts'

/** A page of one card. */
export const writeCard = (title: string, content: Html) =>
  writePage(
    title,
    html`<main class="card">
      <p class="product">Rampart</p>
      <h1>${title}</h1>
      ${content}
    </main>`,
  )

/** Why the last try failed, as a notice. */
export const problemOf = (problem: string | undefined) =>
  problem === undefined
    ? null
    : html`<div class="notice" data-kind="failed" role="alert"><p id="problem">${problem}</p></div>`

/** The forms for a code or a recovery code, below a path. */
export const codeForms = (
  root: string,
  hidden: Html | null,
) => html`<form method="post" action="${root}/code">
        ${hidden}
        <label for="code">Code</label>
        <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required
          pattern="[0-9]{6}" maxlength="6" autofocus />
        <button type="submit">Go on</button>
      </form>
      <details>
        <summary>Use a recovery code</summary>
        <form method="post" action="${root}/recovery-code">
          ${hidden}
          <label for="recovery">Recovery code</label>
          <input id="recovery" name="code" autocomplete="off" autocapitalize="characters" spellcheck="false"
            required maxlength="40" />
          <button type="submit">Use it</button>
        </form>
      </details>`
