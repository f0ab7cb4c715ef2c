import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createLogger } from '@repo/logging'
import { expect, test } from 'vitest'
import { tellReadings } from './tell-readings.ts'

async function saidOf(reading: Parameters<ReturnType<typeof tellReadings>>[0]) {
  const destination = new PassThrough()
  const logger = createLogger({ level: 'info', destination })
  tellReadings(logger, { used: new Set(['DATABASE_URL']) })(reading)
  await logger.close()
  destination.end()
  const lines = (await text(destination)).split('\n').filter(Boolean)
  return lines.map((line) => {
    const { level, msg, variables, problems } = JSON.parse(line)
    return [level, msg, variables ?? problems]
  })
}

test('a secret that is used at once is told, and one that waits for the next start is told as one', async () => {
  expect(await saidOf({ kind: 'changed', names: ['DATABASE_URL'] })).toEqual([
    ['warn', 'secrets have changed', ['DATABASE_URL']],
  ])
  expect(await saidOf({ kind: 'changed', names: ['DATABASE_URL', 'SMTP_URL'] })).toEqual([
    ['warn', 'secrets have changed', ['DATABASE_URL', 'SMTP_URL']],
    ['warn', 'these are used from the next start on', ['SMTP_URL']],
  ])
})

test('what could not be read is an error', async () => {
  expect(await saidOf({ kind: 'failed', problems: ['X_FILE cannot be read.'] })).toEqual([
    ['error', 'secrets could not be read anew: those before are used', ['X_FILE cannot be read.']],
  ])
})
