import pg from 'pg'

/** One login for each duty; none is a superuser, none has BYPASSRLS. */
export interface DatabaseUrls {
  readonly ownerUrl: string
  readonly appUrl: string
  readonly workerUrl: string
  /** Null where nobody administers the platform: its role then cannot log in. */
  readonly platformUrl: string | null
}

const limits = `
  ALTER ROLE rampart_app SET statement_timeout = '5s';
  ALTER ROLE rampart_app SET lock_timeout = '3s';
  ALTER ROLE rampart_app SET idle_in_transaction_session_timeout = '10s';
  ALTER ROLE rampart_platform SET statement_timeout = '5s';
  ALTER ROLE rampart_platform SET lock_timeout = '3s';
  ALTER ROLE rampart_platform SET idle_in_transaction_session_timeout = '10s';
  ALTER ROLE rampart_worker SET statement_timeout = '60s';
  ALTER ROLE rampart_worker SET idle_in_transaction_session_timeout = '60s';`

function readLogin(url: string, role: string) {
  const { username, password } = new URL(url)
  if (username !== role) throw new Error(`This URL must log in as ${role}, not as ${username}.`)
  return { role, password: decodeURIComponent(password) }
}

/** Of a role that the migrations name, and that nobody logs in as. */
const withoutLogin = (role: string) => ensureRole(role, 'NOLOGIN PASSWORD NULL')

function ensureRole(role: string, attributes: string): string {
  const kept = `${attributes} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION`
  return `DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role}; END IF;
  END $$;
  ALTER ROLE ${role} ${kept};`
}

/**
 * Creates or mends the roles that the URLs name and gives the database at `adminUrl` to the owner;
 * `adminUrl` is used for this alone and needs CREATEROLE.
 */
export async function provisionDatabase(
  options: DatabaseUrls & { readonly adminUrl: string },
): Promise<void> {
  const logins = [
    readLogin(options.ownerUrl, 'rampart_owner'),
    readLogin(options.appUrl, 'rampart_app'),
    readLogin(options.workerUrl, 'rampart_worker'),
    ...(options.platformUrl ? [readLogin(options.platformUrl, 'rampart_platform')] : []),
  ]
  const client = new pg.Client({ connectionString: options.adminUrl })
  await client.connect()
  try {
    const database = client.escapeIdentifier(client.database ?? 'postgres')
    const roles = logins.map(({ role, password }) =>
      ensureRole(role, `LOGIN PASSWORD ${client.escapeLiteral(password)}`),
    )
    await client.query(`
      ${options.platformUrl ? '' : withoutLogin('rampart_platform')}
      ${roles.join('\n')}
      ${withoutLogin('rampart_identity')}
      GRANT rampart_identity TO rampart_owner;
      ${limits}
      GRANT rampart_owner TO CURRENT_USER;
      ALTER DATABASE ${database} OWNER TO rampart_owner;
      REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
      GRANT CONNECT ON DATABASE ${database} TO rampart_app, rampart_worker, rampart_platform;`)
  } finally {
    await client.end()
  }
}
