const rememberedMs = 5_000
// Prometheus waits for ten seconds, and has other things to hear.
const patienceMs = 2_000

/**
 * Asks at most once in five seconds and one at a time, however often it is asked; rejects where there is no answer
 * within two seconds.
 */
export function remember<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null
  let askedAt = 0
  let isAsking = false
  return () => {
    if (answer !== null && (isAsking || performance.now() - askedAt < rememberedMs)) return answer
    askedAt = performance.now()
    isAsking = true
    const asked = ask().finally(() => {
      isAsking = false
    })
    answer = Promise.race([asked, rejectLate()])
    // Whoever waits hears of it.
    asked.catch(() => {})
    answer.catch(() => {})
    return answer
  }
}

function rejectLate(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('There was no answer in time.')), patienceMs).unref()
  })
}
