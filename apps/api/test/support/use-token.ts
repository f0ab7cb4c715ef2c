import type { Person } from './create-world.ts'
import { type Asked, request } from './request.ts'
import type { TestApi } from './start-api.ts'

/** Asks the API for a person's orders with an access token: 200 while the token is good. */
export async function useToken(
  { url }: TestApi,
  token: string,
  person: Pick<Person, 'id'>,
  asked: Asked = {},
): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, ...asked.headers }
  return (await request(`${url}/api/users/${person.id}/orders`, { ...asked, headers })).status
}
