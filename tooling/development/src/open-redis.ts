import { startRedisGateway } from '@repo/embedded-servers'

export interface OpenRedis {
  /** What the API is told of it. */
  readonly environment: NodeJS.ProcessEnv
  stop(): Promise<void>
}

/** The Redis of development: the user's own where the environment names it, else the embedded one. */
export async function openRedis(environment = process.env): Promise<OpenRedis> {
  if (environment['REDIS_URL'] || environment['UPSTASH_REDIS_REST_URL']) {
    return { environment: {}, stop: async () => {} }
  }
  const { url, token, close } = await startRedisGateway({})
  return {
    environment: { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token },
    stop: close,
  }
}
