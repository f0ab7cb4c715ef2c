import type { Person, World } from './create-world.ts'
import { request } from './request.ts'

interface Persons {
  readonly admin: Person
  readonly as: Person
}

/** The Cookie header of an administrator's browser from when they act as somebody. */
export async function impersonate({ api }: World, { admin, as }: Persons): Promise<string> {
  const answer = await request(`${api.url}/api/admin/users/${as.id}/impersonate`, {
    method: 'POST',
    cookie: admin.cookie,
    body: { reason: 'They asked for it.' },
  })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0]
  if (answer.status !== 201 || !cookie) throw new Error(`No impersonation: ${answer.text}`)
  return cookie
}
