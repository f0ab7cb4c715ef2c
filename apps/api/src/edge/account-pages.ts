import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { page, plainPage } from './page.ts'

const folder = new URL('./account-pages/', import.meta.url)
const pages = ['verify-email', 'reset-password', 'confirm-email', 'accept-invitation'] as const
const files = { 'page.js': 'text/javascript', 'page.css': 'text/css' } as const
const inUtf8 = (type: string) => `${type}; charset=utf-8`

// Without its script a form would send itself, and what was typed with it: form-action is none.
const policy = { ...plainPage, 'script-src': ["'self'"], 'connect-src': ["'self'"] }

/** Where the links of mails lead: the token stands behind `#`, which no server, log or Referer sees. */
export async function accountPages(server: FastifyInstance): Promise<void> {
  for (const name of pages) {
    const text = await readFile(new URL(`${name}.html`, folder), 'utf8')
    server.get(`/account/${name}`, page(policy), (_request, reply) =>
      reply.type(inUtf8('text/html')).send(text),
    )
  }
  for (const [name, type] of Object.entries(files)) {
    const file = await readFile(new URL(name, folder), 'utf8')
    server.get(`/account/${name}`, (_request, reply) => reply.type(inUtf8(type)).send(file))
  }
}
