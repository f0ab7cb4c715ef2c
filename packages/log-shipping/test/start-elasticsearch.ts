import { gunzipSync } from 'node:zlib'
import { startReceiver } from '@repo/testing'
import { createBehaviours } from './behaviour.ts'
import { findMappingProblems } from './find-mapping-problems.ts'

export type Document = Readonly<Record<string, unknown>>

/** What an item is answered with; `null` where it is stored. */
type Verdict = { readonly status: number; readonly type: string } | null

/** Elasticsearch's bulk API as its reference has it, over a data stream with our index template. */
export async function startElasticsearch(authorization: string) {
  const behaviours = createBehaviours()
  const problems: string[] = []
  const stored = new Map<string, Document>()
  const bulks: number[] = []
  let judge: (document: Document) => Verdict = () => null
  let whole: number | null = null
  let maxItems = Number.POSITIVE_INFINITY

  function store(id: string, document: Document) {
    if (stored.has(id)) return item(409, 'version_conflict_engine_exception')
    const verdict = judge(document)
    if (verdict) return item(verdict.status, verdict.type)
    const found = findMappingProblems(document)
    problems.push(...found)
    if (found.length > 0) return item(400, 'document_parsing_exception')
    stored.set(id, document)
    return { create: { _index: '.ds-logs-rampart-test-000001', _id: id, status: 201 } }
  }

  const receiver = await startReceiver({
    answer(response, { path, headers, bytes }) {
      const isKnown = headers.authorization === authorization
      const actions = readBulk(gunzipSync(bytes).toString())
      bulks.push(actions.length)
      if (!/^\/logs-rampart-test\/_bulk(\?|$)/.test(path)) problems.push(`the path ${path}`)
      if (headers['content-encoding'] !== 'gzip') problems.push('it is not compressed')
      if (headers['content-type'] !== 'application/x-ndjson') problems.push('it is no NDJSON')
      const behaviour =
        isKnown && whole === null && actions.length <= maxItems ? behaviours.next() : 'refuse'
      if (behaviour === 'silence') return
      if (behaviour === 'cut') {
        response.destroy()
        return
      }
      if (behaviour === 'refuse' || behaviour === 'throttle') {
        const status = !isKnown ? 401 : actions.length > maxItems ? 413 : (whole ?? 429)
        response.writeHead(status, { 'retry-after': '1' }).end('{"error":{"type":"refused"}}')
        return
      }
      const items = actions.map(({ id, document }) => store(id, document))
      if (behaviour === 'cut after') {
        response.destroy()
        return
      }
      const errors = items.some(({ create }) => create.status >= 400)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ took: 1, errors, items }))
    },
  })
  return {
    ...behaviours,
    url: `http://127.0.0.1:${receiver.port}/`,
    problems,
    stored,
    /** How many items each request held. */
    bulks,
    documents: () => [...stored.values()],
    judge(next: typeof judge) {
      judge = next
    },
    /** What every request as a whole is answered with; null for what it deserves. */
    refuse(status: number | null) {
      whole = status
    },
    /** A request of more is too large. */
    limit(items: number) {
      maxItems = items
    },
    close: receiver.close,
  }
}

const item = (status: number, type: string) => ({ create: { status, error: { type, reason: '' } } })

/** Pairs of lines, each ended; an action and its document. */
function readBulk(text: string): readonly { readonly id: string; readonly document: Document }[] {
  if (!text.endsWith('\n')) throw new Error('The last line has no end.')
  const lines = text.slice(0, -1).split('\n')
  return lines.flatMap((line, index) => {
    if (index % 2 === 1) return []
    const { create, ...others } = JSON.parse(line)
    if (Object.keys(others).length > 0) throw new Error('A data stream takes create alone.')
    return [{ id: String(create._id), document: JSON.parse(lines[index + 1] ?? '') }]
  })
}
