import { once } from 'node:events'
import { createServer } from 'node:net'
import { SetupError } from './setup-error.ts'

/** The port of the API: 3000 unless PORT says otherwise. */
export function readPort(text: string | undefined): number {
  const port = Number(text || 3000)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new SetupError(
    'PORT is not a port number.',
    'Give one from 1 to 65535: PORT=3001 npx pnpm@12 dev',
  )
}

/** Throws SetupError when something listens there already, or when it may not be opened. */
export async function requireFreePort(port: number): Promise<void> {
  const server = createServer()
  try {
    server.listen(port, 'localhost')
    await once(server, 'listening')
  } catch (error) {
    const other = `PORT=${port < 1024 ? 3001 : port + 1} npx pnpm@12 dev`
    throw new SetupError(
      `Port ${port} cannot be opened: another program (perhaps a second pnpm dev) has it, or it is reserved.`,
      `Stop that program, or take another port: ${other}`,
      { cause: error },
    )
  } finally {
    server.close()
  }
}
