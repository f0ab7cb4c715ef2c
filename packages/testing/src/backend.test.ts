import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { chooseTestBackend } from './backend.ts'
import { isContainerEngineAnswering } from './container-engine.ts'
import { findFreePort } from './index.ts'

test.each([
  { TEST_BACKEND: 'embedded', answers: true, expected: 'embedded' },
  { TEST_BACKEND: 'embedded', answers: false, expected: 'embedded' },
  { TEST_BACKEND: 'containers', answers: true, expected: 'containers' },
  { TEST_BACKEND: 'containers', answers: false, expected: 'containers' },
  { TEST_BACKEND: undefined, answers: true, expected: 'containers' },
  { TEST_BACKEND: undefined, answers: false, expected: 'embedded' },
  { TEST_BACKEND: '', answers: false, expected: 'embedded' },
])(
  'TEST_BACKEND=$TEST_BACKEND and an engine that answers: $answers give $expected',
  async (row) => {
    expect(await chooseTestBackend(row, async () => row.answers)).toBe(row.expected)
  },
)

test('another word in TEST_BACKEND is refused', async () => {
  const choice = chooseTestBackend({ TEST_BACKEND: 'container' }, async () => true)
  await expect(choice).rejects.toThrow('it can be containers or embedded')
})

test('only an engine that answers its ping in time counts', async () => {
  const port = await findFreePort()
  const dockerHost = `tcp://127.0.0.1:${port}`
  expect(await isContainerEngineAnswering(dockerHost)).toBe(false)
  let status: number | null = 200
  const engine = createServer((_request, response) => {
    if (status !== null) response.writeHead(status).end('OK')
  })
  await once(engine.listen(port, '127.0.0.1'), 'listening')
  expect(await isContainerEngineAnswering(dockerHost)).toBe(true)
  status = 500
  expect(await isContainerEngineAnswering(dockerHost)).toBe(false)
  status = null
  expect(await isContainerEngineAnswering(dockerHost, 50)).toBe(false)
  engine.closeAllConnections()
  engine.close()
})
