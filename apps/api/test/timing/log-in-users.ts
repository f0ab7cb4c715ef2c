import { createPasswords } from '@repo/auth'
import type { Sql } from '@repo/testing'

/** Log-ins that all get the same refusal, whatever is behind their e-mail. */
export interface LogInKind {
  readonly name: string
  readonly email: string
  readonly password: string
}

const right = 'correct horse battery staple'
const wrong = 'correct horse battery stapel'

/** One user for each kind; every e-mail and every password has the same length. */
export async function createLogInUsers(sql: Sql): Promise<readonly LogInKind[]> {
  const hash = await createPasswords().hash(right)
  await sql.run(`INSERT INTO users (id, email, name, email_verified_at, disabled_at) VALUES
    (gen_random_uuid(), 'known-00@timing.test', 'Known', now(), NULL),
    (gen_random_uuid(), 'known-01@timing.test', 'Known', now(), NULL),
    (gen_random_uuid(), 'disabled@timing.test', 'Disabled', now(), now()),
    (gen_random_uuid(), 'external@timing.test', 'External', now(), NULL),
    (gen_random_uuid(), 'unproven@timing.test', 'Unproven', NULL, NULL)`)
  const keep = `INSERT INTO passwords (user_id, hash)
    SELECT id, $1 FROM users WHERE email LIKE '%@timing.test' AND name <> 'External'`
  await sql.run(keep, [hash])
  return [
    { name: 'known, wrong password', email: 'known-00@timing.test', password: wrong },
    // Against the first it shows what noise alone does.
    { name: 'another known', email: 'known-01@timing.test', password: wrong },
    { name: 'unknown', email: 'unlisted@timing.test', password: right },
    { name: 'disabled, right password', email: 'disabled@timing.test', password: right },
    { name: 'external only', email: 'external@timing.test', password: right },
    { name: 'unverified, right password', email: 'unproven@timing.test', password: right },
  ]
}
