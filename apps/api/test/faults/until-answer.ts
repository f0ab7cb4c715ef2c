import type { Answer } from '../support/request.ts'

const withinMs = 30_000

/** Asks until the answer is as wanted; returns after how many milliseconds, or throws. */
export async function untilAnswer(
  ask: () => Promise<Answer>,
  isWanted: (answer: Answer) => boolean,
): Promise<number> {
  const start = performance.now()
  for (;;) {
    const answer = await ask()
    const tookMs = performance.now() - start
    if (isWanted(answer)) return tookMs
    if (tookMs > withinMs) throw new Error(`Still ${answer.status} after ${tookMs} ms.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
