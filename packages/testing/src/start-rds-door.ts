import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import aws4 from 'aws4'
import type { TestCertificate } from './create-test-certificate.ts'
import { openSql } from './open-sql.ts'
import type { AwsAccess } from './signed-by-aws.ts'

export interface RdsDoorOptions {
  /** The Postgres behind it, which has to trust the role from this machine. */
  readonly target: { readonly host: string; readonly port: number }
  readonly certificate: TestCertificate
  readonly region: string
  readonly access: AwsAccess
  /** How old a token may be: 900 s at AWS. */
  readonly lifetimeSeconds: number
}

export interface RdsDoor {
  readonly port: number
  /** The tokens that were taken, and how many were not. */
  readonly taken: readonly string[]
  refused(): number
  close(): void
}

const sslRequest = 80_877_103

/**
 * As RDS takes connections by IAM: TLS alone, and a password in the clear that is a token, whose signature another
 * library comes to as well, and that is no older than it may be (PostgreSQL's protocol, section 54.2).
 */
export async function startRdsDoor(options: RdsDoorOptions): Promise<RdsDoor> {
  const secureContext = createSecureContext(options.certificate)
  const taken: string[] = []
  const open = new Set<Socket>()
  let refused = 0

  async function serve(raw: Socket): Promise<void> {
    const asked = await readMessage(raw, 0)
    if (asked.readUInt32BE(4) !== sslRequest) return refuse(raw, '28000')
    raw.write('S')
    const socket = new TLSSocket(raw, { isServer: true, secureContext })
    socket.on('error', () => {})
    const startup = await readMessage(socket, 0)
    // AuthenticationCleartextPassword
    socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]))
    const password = await readMessage(socket, 1)
    const token = password.toString('utf8', 5, password.length - 1)
    const user = startup.toString('utf8', 8).split('\0')[1] ?? ''
    if (!isGood(token, user)) return refuse(socket, '28P01')
    taken.push(token)
    const behind = connect(options.target)
    behind.on('error', () => socket.destroy())
    socket.on('close', () => behind.destroy())
    behind.write(startup)
    behind.pipe(socket).pipe(behind)
  }

  function isGood(token: string, user: string): boolean {
    const { port } = server.address() as AddressInfo
    const url = URL.parse(`https://${token}`)
    if (!url || url.searchParams.get('DBUser') !== user) return false
    const given = url.searchParams.get('X-Amz-Signature')
    const date = url.searchParams.get('X-Amz-Date') ?? ''
    const time = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
    const isYoung = Date.now() - time <= (options.lifetimeSeconds + 2) * 1_000
    const query = new URLSearchParams({ Action: 'connect', DBUser: user })
    query.set('X-Amz-Date', date)
    query.set('X-Amz-Expires', '900')
    const again = aws4.sign(
      {
        ...{ service: 'rds-db', region: options.region, signQuery: true, method: 'GET' },
        path: `/?${query}`,
        headers: { Host: `localhost:${port}` },
      },
      options.access,
    )
    const expected = new URL(`https://x${again.path}`).searchParams.get('X-Amz-Signature')
    return isYoung && given !== null && given === expected
  }

  function refuse(socket: Socket, code: string): void {
    refused += 1
    const fields = `SFATAL\0C${code}\0Mthe token is not good\0\0`
    const head = Buffer.alloc(5)
    head.write('E')
    head.writeUInt32BE(fields.length + 4, 1)
    socket.end(Buffer.concat([head, Buffer.from(fields)]))
  }

  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {}).on('close', () => open.delete(socket))
    serve(socket).catch(() => socket.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    // A TCP server's address is an object, never a pipe's name.
    port: (server.address() as AddressInfo).port,
    taken,
    refused: () => refused,
    close() {
      for (const socket of open) socket.destroy()
      server.close()
    },
  }
}

/** Lets a Postgres of the test's own take everybody from this machine: whoever stands at its door has shown a token to it. */
export async function trustBehindDoor(adminUrl: string): Promise<void> {
  const admin = openSql(adminUrl)
  const [row] = await admin.run('SHOW hba_file')
  const path = String(row?.['hba_file'])
  await writeFile(path, `host all all 127.0.0.1/32 trust\n${await readFile(path, 'utf8')}`)
  await admin.run('SELECT pg_reload_conf()')
  await admin.close()
}

/** The next message, whose length stands behind so many bytes; nothing follows it before it is answered. */
async function readMessage(socket: Socket, lengthAt: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  for (;;) {
    const [piece] = (await once(socket, 'data')) as [Buffer]
    pieces.push(piece)
    const message = Buffer.concat(pieces)
    if (message.length < lengthAt + 4) continue
    const length = message.readUInt32BE(lengthAt) + lengthAt
    if (message.length > length) throw new Error('More came than was asked for.')
    if (message.length === length) return message
  }
}
