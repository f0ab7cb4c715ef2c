import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { anyAddress } from '../support/request.ts'

export interface Load {
  readonly counts: {
    answered: number
    /** Connections that were not taken: nothing had been sent on them. */
    refused: number
  }
  /** How often there was which status, or which code of an error. */
  readonly statuses: ReadonlyMap<string, number>
  /** Resolves when every client has been refused, or was told to stop. */
  readonly ended: Promise<void>
  stop(): void
}

interface LoadOptions {
  readonly clients: number
  readonly cookie?: string
  /** How long a client waits before it asks again; 0 by default. */
  readonly pauseMs?: number
}

/** Clients that keep their connections and ask one thing after another, until nobody takes a connection. */
export function startLoad(url: string, { clients, cookie, pauseMs = 0 }: LoadOptions): Load {
  const counts = { answered: 0, refused: 0 }
  const statuses = new Map<string, number>()
  let isWanted = true

  async function work(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (isWanted) {
      const answer = await ask(url, { agent, cookie })
      if (answer === 'ECONNREFUSED') {
        counts.refused += 1
        break
      }
      counts.answered += 1
      statuses.set(answer, (statuses.get(answer) ?? 0) + 1)
      if (pauseMs > 0) await sleep(pauseMs)
    }
    agent.destroy()
  }

  const ended = Promise.all(Array.from({ length: clients }, work)).then(() => {})
  const stop = () => {
    isWanted = false
  }
  return { counts, statuses, ended, stop }
}

interface AskOptions {
  readonly agent: Agent
  readonly cookie: string | undefined
}

/** The status, or the code of the error. */
function ask(url: string, { agent, cookie }: AskOptions): Promise<string> {
  return new Promise((resolve) => {
    const forwarded = { 'x-forwarded-for': anyAddress(), 'x-forwarded-proto': 'https' }
    const headers = { ...(cookie && { cookie }), ...forwarded }
    const asked = request(url, { agent, headers }, (answer: IncomingMessage) => {
      answer.resume()
      answer.on('end', () => resolve(String(answer.statusCode)))
      answer.on('error', (error) => resolve(codeOf(error)))
    })
    asked.on('error', (error) => resolve(codeOf(error)))
    asked.end()
  })
}

const codeOf = (error: Error & { readonly code?: string }) => error.code ?? error.message
