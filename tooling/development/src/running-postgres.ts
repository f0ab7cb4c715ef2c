import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { StateFolder } from './state-folder.ts'

const portLine = 3

/** The port of the embedded Postgres while it runs, whoever started it; null when it does not. */
export async function findRunningPostgres(folder: StateFolder): Promise<number | null> {
  const file = join(folder.postgres, 'data/postmaster.pid')
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  const port = Number(lines[portLine])
  // A killed server leaves its file behind, and its process id may be another program's by now.
  return isAlive(Number(lines[0])) && (await isListening(port)) ? port : null
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function isListening(port: number): Promise<boolean> {
  if (!Number.isInteger(port) || port <= 0) return Promise.resolve(false)
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => end(true)).on('error', () => end(false))
  })
}
