import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import type { Resolve } from '../src/find-addresses.ts'

const typeA = 1

/**
 * A real name server on loopback: of the IPv4 addresses of every name it tells the next of these answers, and then the
 * last one again; of IPv6 there are none. It says nothing at all for null.
 */
export async function startDnsServer(answers: readonly (readonly string[])[] | null) {
  const names: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const { name, type } = questionOf(query)
    const asked = type === typeA ? names.push(name) : 0
    if (answers === null) return
    const addresses = asked === 0 ? [] : (answers[Math.min(asked, answers.length) - 1] ?? [])
    socket.send(answerTo(query, addresses), port, address)
  })
  await once(socket.bind(0, '127.0.0.1'), 'listening')
  const server = `127.0.0.1:${socket.address().port}`
  const resolver = new Resolver({ timeout: 5_000, tries: 1 })
  resolver.setServers([server])
  const resolve: Resolve = (hostname) => resolver.resolve4(hostname)
  return {
    server,
    resolve,
    /** Whose IPv4 addresses were asked for. */
    names,
    countQueries: () => names.length,
    close: async () => {
      socket.close()
    },
  }
}

/** RFC 1035, section 4.1.2: labels with their lengths, and the type. */
function questionOf(query: Buffer) {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1) }
}

/** An answer of A records (RFC 1035, section 4.1), which points back at the name in the question. */
function answerTo(query: Buffer, addresses: readonly string[]): Buffer {
  const endOfName = query.indexOf(0, 12)
  const question = query.subarray(12, endOfName + 5)
  const head = Buffer.alloc(12)
  query.copy(head, 0, 0, 2)
  // An answer, recursion desired and available; one question, so many answers.
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(addresses.length, 6)
  return Buffer.concat([head, question, ...addresses.map(toRecord)])
}

function toRecord(address: string): Buffer {
  const record = Buffer.from([0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4])
  return Buffer.concat([record, Buffer.from(address.split('.').map(Number))])
}
