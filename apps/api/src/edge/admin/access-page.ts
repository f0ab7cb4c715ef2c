import { html } from '../html.ts'
import { writeAdminPage } from './layout.ts'
import { writeEmpty, writeTable } from './parts.ts'
import type { AdminVisit } from './visit.ts'

/** docs/access-matrix.md as columns: written from the router with it (`pnpm docs:generate`). */
export interface AccessMatrix {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export function parseAccessMatrix(text: string): AccessMatrix {
  const [head = [], ...rows] = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
  return { head, rows }
}

// What the others are variations of.
const chief = [
  'nobody',
  'oneself',
  'own key',
  'viewer',
  'member',
  'admin',
  'owner',
  'foreign owner',
  'platform admin',
  'platform support',
]
const describing = 5

/** /admin/access: what each kind of caller gets from each procedure. */
export function createAccessPage({ head, rows }: AccessMatrix) {
  return async (visit: AdminVisit): Promise<string> => {
    const wanted = (visit.fields['search'] ?? '').toLowerCase()
    const isWhole = visit.fields['callers'] === 'all'
    const columns = head.flatMap((name, index) =>
      index >= describing && (isWhole || chief.includes(name)) ? [index] : [],
    )
    const found = rows.filter((row) =>
      row.slice(0, describing).some((cell) => cell.toLowerCase().includes(wanted)),
    )
    const content = html`
      <form method="get" action="/admin/access" class="search" role="search">
        <p><label for="search">Procedure, door or permission</label>
          <input id="search" name="search" type="search" value="${visit.fields['search'] ?? ''}" maxlength="100" /></p>
        <p><label for="callers">Callers</label>
          <select id="callers" name="callers">
            <option value="chief">the usual ones</option>
            <option value="all"${isWhole ? html` selected` : null}>all kinds</option>
          </select></p>
        <p><button type="submit">Show</button></p>
      </form>
      <p class="hint">${String(found.length)} of ${String(rows.length)} procedures. Each is about a member of one tenant;
        what a caller cannot see is 404. The tests try every cell.</p>
      ${
        found.length === 0
          ? writeEmpty('No procedure is like that.')
          : writeTable({
              caption: 'Access matrix',
              head: [
                'procedure',
                'door',
                'permission',
                ...columns.map((index) => head[index] ?? ''),
              ],
              rows: found.map((row) => [
                ...describe(row),
                ...columns.map((index) => writeStatus(row[index] ?? '')),
              ]),
            })
      }`
    return writeAdminPage(visit, { title: 'Access', section: '/admin/access', content })
  }
}

const describe = ([
  procedure = '',
  rest = '',
  door = '',
  permission = '',
  limits = '',
]: readonly string[]) => [
  html`<code>${procedure}</code><br /><span class="meta">${rest}</span>`,
  html`${door}<br /><span class="meta">${limits} limits</span>`,
  permission,
]

const writeStatus = (status: string) =>
  html`<span class="status" data-kind="${status.startsWith('2') ? 'done' : 'refused'}">${status}</span>`
