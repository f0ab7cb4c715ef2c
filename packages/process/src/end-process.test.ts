import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'

// Has more to write than a pipe holds when something is thrown that nobody catches.
const program = `
  import { createLogger } from ${JSON.stringify(import.meta.resolve('@repo/logging'))}
  import { stopGracefully } from ${JSON.stringify(new URL('./stop-gracefully.ts', import.meta.url).href)}
  const logger = createLogger({ level: 'info' })
  stopGracefully({ logger, endMs: 5_000, close: async () => {} })
  for (let index = 0; index < 5_000; index += 1) logger.info({ text: 'x'.repeat(200) }, 'event')
  throw new Error('Nobody caught it.')
`
const args = ['--input-type=module', '--eval', program]

it('a process whose log is read writes its last line, and ends with its code', async () => {
  const child = spawn(process.execPath, args)
  const [written, end] = await Promise.all([text(child.stdout), once(child, 'exit')])
  expect(written).toContain('uncaught exception')
  expect(end).toEqual([1, null])
})

it('a process whose log nobody reads ends all the same', async () => {
  const child = spawn(process.execPath, args, { timeout: 10_000, killSignal: 'SIGQUIT' })
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
})
