import { withoutRequestId } from './problem-of.ts'
import type { Answer } from './request.ts'

const changing = /^(date|x-request-id|ratelimit|retry-after)/

/** All of an answer that could tell one asker from another: not its id, time or what is left of a limit. */
export const lookOf = ({ status, text, headers }: Answer) => ({
  status,
  text: withoutRequestId(text),
  headers: [...headers].filter(([name]) => !changing.test(name)),
})
