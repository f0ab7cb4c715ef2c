import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { createCircuit } from './circuit.ts'

/** Keeps this process from anything else. */
function stall(milliseconds: number) {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

test('an answer that came while the process was stalled counts, and one that never comes does not', async () => {
  const server = createServer((socket) =>
    socket.on('data', (data) => {
      socket.write(data)
      stall(300)
    }),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  // A TCP server's address is an object, never a pipe's name.
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const events: unknown[] = []
  const circuit = createCircuit({
    timeoutMs: 100,
    onDegraded: (error) => events.push(error),
    onRecovered: () => {},
  })
  const ask = async () => {
    const answered = once(socket, 'data')
    socket.write('ping')
    return String(await answered)
  }
  expect(await circuit.run(ask, () => 'too late')).toBe('ping')
  expect(events).toEqual([])
  expect(
    await circuit.run(
      () => new Promise(() => {}),
      () => 'too late',
    ),
  ).toBe('too late')
  expect(events).toHaveLength(1)
  socket.destroy()
  server.close()
})
