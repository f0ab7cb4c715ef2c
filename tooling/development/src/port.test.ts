import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { chooseMetricsPort } from './port.ts'

test('metrics have the usual port, the one that is given, or any beside a second start', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  expect(await chooseMetricsPort('', port)).toBe('0')
  expect(await chooseMetricsPort(String(port), 1)).toBe(String(port))
  other.close()
  await once(other, 'close')
  expect(await chooseMetricsPort(undefined, port)).toBe(String(port))
})
