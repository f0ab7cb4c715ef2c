import { allTaken, type Destination, type Line, type Outcome } from '../destination.ts'
import { parseLine } from '../parse-line.ts'
import { type Answer, post } from '../post.ts'
import { type Origin, toEcs } from './to-ecs.ts'

export interface ElasticsearchOptions {
  /** Of the cluster, with the path that a proxy gives it. */
  readonly url: string
  readonly dataStream: string
  /** The whole header; null where the cluster asks for none. */
  readonly authorization: string | null
  readonly origin: Origin
}

// What is asked of the answer: nothing that repeats the documents.
const asked = 'filter_path=errors,items.*.status,items.*.error.type'

/** Elasticsearch by its bulk API: a line is a document in ECS under an id of its own, created once. */
export function openElasticsearch(options: ElasticsearchOptions): Destination {
  const { url, dataStream, authorization, origin } = options
  const endpoint = `${url.replace(/\/$/, '')}/${dataStream}/_bulk?${asked}`
  const headers = {
    'content-type': 'application/x-ndjson',
    ...(authorization !== null && { authorization }),
  }
  const toAction = ({ id, text }: Line) =>
    `{"create":{"_id":${JSON.stringify(id)}}}\n${JSON.stringify(toEcs(parseLine(text), origin))}\n`
  return {
    name: 'elasticsearch',
    maxLines: 1_000,
    maxBytes: 5 * 1024 * 1024,
    bytesPerLine: 256,
    async send(lines) {
      const answer = await post(endpoint, { body: lines.map(toAction).join(''), headers })
      if (answer.status === 200) return readItems(answer, lines)
      return readRefusal(answer, lines)
    },
  }
}

/** Of the whole request. What an operator can mend (a key, a right, a cluster that is full) is waited for. */
function readRefusal({ status, pauseMs }: Answer, lines: readonly Line[]): Outcome {
  const reason = `status ${status}`
  if (status === 400) return { again: [], lost: lines.length, reason }
  if (status !== 413) return { again: lines, lost: 0, reason, pauseMs }
  return lines.length === 1
    ? { again: [], lost: 1, reason }
    : { again: lines, lost: 0, reason, isTooLarge: true }
}

interface BulkAnswer {
  readonly errors?: boolean
  readonly items?: readonly Item[]
}

interface Item {
  readonly create: { readonly status: number; readonly error?: { readonly type: string } }
}

/** One item for each line, in their order. */
function readItems({ body, pauseMs }: Answer, lines: readonly Line[]): Outcome {
  // As Elasticsearch documents it; with another number of items it is no answer to this request.
  const { errors, items = [] }: BulkAnswer = JSON.parse(body.toString())
  if (errors === false) return allTaken
  if (items.length !== lines.length) throw new Error('The answer has other items.')
  const failed = items.filter(({ create }) => !isStored(create.status))
  const again = lines.filter((_, index) => isBusy(items[index]?.create.status ?? 0))
  const [first] = failed.filter(({ create }) => !isBusy(create.status))
  return {
    again,
    lost: failed.length - again.length,
    reason: (first ?? failed[0])?.create.error?.type ?? null,
    pauseMs,
  }
}

// 409: it was stored by an attempt whose answer was lost.
const isStored = (status: number) => (status >= 200 && status < 300) || status === 409

const isBusy = (status: number) => status === 429 || status >= 500
