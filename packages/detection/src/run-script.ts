import type { RedisConnection } from '@repo/redis'
import type { Script } from './scripts.ts'

/** Runs a script over one key, by its hash where Redis knows it; those of one tick go out together. */
export async function runScript(
  redis: RedisConnection['client'],
  script: Script,
  { key, args }: { readonly key: string; readonly args: readonly (string | number)[] },
): Promise<unknown> {
  try {
    return await redis.evalsha(script.hash, [key], [...args])
  } catch (error) {
    if (!String(error).includes('NOSCRIPT')) throw error
    return redis.eval(script.text, [key], [...args])
  }
}
