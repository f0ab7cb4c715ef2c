import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { SetupError } from './setup-error.ts'

/** The port of the API: 3000 unless PORT says otherwise. */
export function readPort(text: string | undefined): number {
  const port = Number(text || 3000)
  if (/^\d*$/.test(text ?? '') && port > 0 && port < 65_536) return port
  throw new SetupError(
    'PORT is not a port number.',
    'Give one from 1 to 65535: PORT=3001 npx pnpm@12 dev',
  )
}

/** The origin that the API is told and the log-ins name: BASE_URL, or this machine. */
export const readBaseUrl = (port: number) => process.env['BASE_URL'] || `http://localhost:${port}`

/** Throws SetupError when something listens there already, or when it may not be opened. */
export async function requireFreePort(port: number, host = process.env['HOST'] || 'localhost') {
  const other = `PORT=${port < 1024 ? 3001 : (port % 65_535) + 1} npx pnpm@12 dev`
  for (const { address } of await findAddresses(host)) {
    const code = await tryToListen(port, address)
    if (code === null || code === 'EADDRNOTAVAIL') continue
    if (code === 'EACCES') {
      throw new SetupError(`Port ${port} is reserved by the system.`, `Take another: ${other}`)
    }
    throw new SetupError(
      `Port ${port} is taken by another program (perhaps a second pnpm dev).`,
      `Stop that program, or take another port: ${other}`,
    )
  }
}

const findAddresses = (host: string) =>
  lookup(host, { all: true }).catch((error: unknown) => {
    const wayOut = 'Unset it for localhost, or give an address of this machine.'
    throw new SetupError(`HOST (${host}) is no address and no known name.`, wayOut, {
      cause: error,
    })
  })

/** The port of metrics: the one that is given, else the usual one, or any where a second `pnpm dev` has that. */
export async function chooseMetricsPort(given: string | undefined, usual: number): Promise<string> {
  if (given) return given
  return (await tryToListen(usual, '127.0.0.1')) === null ? String(usual) : '0'
}

/** The code of the error that listening ends in, null for none. */
async function tryToListen(port: number, host: string): Promise<string | null> {
  const server = createServer()
  try {
    server.listen({ port, host })
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  }
}
