import { ConfigError, loadConfig, loadWorkerConfig, openConfig } from '@repo/config'
import { type Finding, problem, type Variables, well } from './finding.ts'

const wayOut = '.env.example names every variable; docs/operations.md says more of secrets.'

/** What the API and the worker would say of their environment at the start in production; in development most of it is made by itself. */
export async function checkEnvironment(variables: Variables): Promise<readonly Finding[]> {
  if (variables['NODE_ENV'] !== 'production') return checkDevelopment(variables)
  const serves = await problemsOf('API', loadConfig, variables)
  return [...serves, ...(await problemsOf('worker', loadWorkerConfig, variables))]
}

function checkDevelopment(variables: Variables): readonly Finding[] {
  const isGiven = (name: string) =>
    ['', '_FILE', '_SECRET_ID'].some((end) => variables[`${name}${end}`])
  if (!isGiven('DATABASE_URL')) return [well('The environment is left to pnpm dev')]
  if (isGiven('DATABASE_OWNER_URL')) return [well('pnpm dev uses the database of DATABASE_URL')]
  return [
    problem(
      'DATABASE_URL names a database of yours, and DATABASE_OWNER_URL, which migrates it, is missing.',
      'Set it, or unset DATABASE_URL for the embedded database.',
    ),
  ]
}

async function problemsOf<Loaded extends { readonly secretsRefreshSeconds: number }>(
  name: string,
  load: Parameters<typeof openConfig<Loaded>>[0],
  variables: Variables,
): Promise<readonly Finding[]> {
  try {
    const config = await openConfig(load, { variables: { ...variables } })
    config.close()
    return [well(`The ${name} would start with this environment`)]
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((each) => problem(`The ${name}: ${each}`, wayOut))
  }
}
