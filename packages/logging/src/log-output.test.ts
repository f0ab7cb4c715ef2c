import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'

const events = 5_000

// Logs more than the pipe and the buffer hold, says how that went, and ends when it is told to.
const program = `
  import { once } from 'node:events'
  import { createLogger } from ${JSON.stringify(new URL('./logger.ts', import.meta.url).href)}
  const logger = createLogger({ level: 'info', maxWaitingBytes: 64 * 1024 })
  const started = performance.now()
  for (let index = 0; index < ${events}; index += 1) logger.info({ index, text: 'x'.repeat(200) }, 'event')
  const loggedInMs = performance.now() - started
  await new Promise((resolve) => setTimeout(resolve, 20))
  const aliveAfterMs = performance.now() - started
  const dropped = logger.countDropped()
  process.stderr.write(JSON.stringify({ loggedInMs, aliveAfterMs, dropped }))
  await once(process.stdin, 'data')
  await logger.close()
  logger.info('the end')
  await logger.close()
  process.exit()
`

it('a reader that stops costs lines, which are counted and reported, and stalls nobody', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program])
  const [report]: unknown[] = await once(child.stderr, 'data')
  const { loggedInMs, aliveAfterMs, dropped } = JSON.parse(String(report))
  expect(dropped).toBeGreaterThan(0)
  expect(dropped).toBeLessThan(events)
  expect(loggedInMs).toBeLessThan(10_000)
  expect(aliveAfterMs).toBeLessThan(loggedInMs + 10_000)

  child.stdin.write('go on')
  const lines = (await text(child.stdout))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.filter(({ msg }) => msg === 'event')).toHaveLength(events - dropped)
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'log lines were dropped', dropped }))
  expect(lines.at(-1)).toMatchObject({ msg: 'the end' })
})
