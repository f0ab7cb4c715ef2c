import { once } from 'node:events'
import { connect } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EndedRequest, requestEnds } from './request-ends.ts'

let server: FastifyInstance
let port: number
let asked: PromiseWithResolvers<void>
const told: (readonly [by: string, status: number])[] = []
const tell =
  (by: string) =>
  ({ status }: EndedRequest) =>
    void told.push([by, status])

beforeEach(async () => {
  told.length = 0
  asked = Promise.withResolvers()
  server = Fastify()
  requestEnds(server, [tell('log'), tell('watch')])
  server.get('/', async () => 'here')
  server.get('/never', () => {
    asked.resolve()
    return new Promise(() => {})
  })
  port = Number(new URL(await server.listen({ host: '127.0.0.1', port: 0 })).port)
})
afterEach(() => server.close())

test('each listener is told once of a request that is answered, in turn', async () => {
  await fetch(`http://127.0.0.1:${port}/`)
  await fetch(`http://127.0.0.1:${port}/nowhere`)
  await expect
    .poll(() => told)
    .toEqual([
      ['log', 200],
      ['watch', 200],
      ['log', 404],
      ['watch', 404],
    ])
})

test('and once of one whose caller has left, though two hooks see it', async () => {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('GET /never HTTP/1.1\r\nHost: x\r\n\r\n')
  await asked.promise
  socket.destroy()
  await expect
    .poll(() => told)
    .toEqual([
      ['log', 499],
      ['watch', 499],
    ])
})
