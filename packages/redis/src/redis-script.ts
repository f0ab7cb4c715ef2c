import { createHash } from 'node:crypto'

/** A Lua script over one key, so that it runs on a cluster too. */
export interface RedisScript {
  readonly text: string
  readonly hash: string
}

export const defineScript = (text: string): RedisScript => ({
  text,
  hash: createHash('sha1').update(text).digest('hex'),
})

interface ScriptRunner {
  eval(script: string, keys: string[], args: (string | number)[]): Promise<unknown>
  evalsha(hash: string, keys: string[], args: (string | number)[]): Promise<unknown>
}

/** Runs a script by its hash where Redis knows it; those of one tick go out together. */
export async function runScript(
  redis: ScriptRunner,
  { text, hash }: RedisScript,
  { key, args }: { readonly key: string; readonly args: readonly (string | number)[] },
): Promise<unknown> {
  try {
    return await redis.evalsha(hash, [key], [...args])
  } catch (error) {
    if (!String(error).includes('NOSCRIPT')) throw error
    return redis.eval(text, [key], [...args])
  }
}
