import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '../support/request.ts'

export interface Timed {
  readonly answer: Answer
  /** From when the request was due, so that a server that falls behind cannot hide it. */
  readonly milliseconds: number
}

/** Sends so many requests a second for so long, waiting for no answer in between. */
export async function sendAtRate(
  rate: { readonly perSecond: number; readonly seconds: number },
  send: (index: number) => Promise<Answer>,
): Promise<readonly Timed[]> {
  const began = performance.now()
  const sent: Promise<Timed>[] = []
  for (let index = 0; index < rate.perSecond * rate.seconds; index += 1) {
    const due = began + (index * 1_000) / rate.perSecond
    const early = due - performance.now()
    if (early > 0) await sleep(early)
    sent.push(timeFrom(due, send(index)))
  }
  return Promise.all(sent)
}

export async function timeFrom(due: number, asked: Promise<Answer>): Promise<Timed> {
  const answer = await asked
  return { answer, milliseconds: performance.now() - due }
}
