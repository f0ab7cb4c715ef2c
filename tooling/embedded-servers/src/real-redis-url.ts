/** The URL of the real Redis that the containers lane started; throws where there is none. */
export function requireRealRedisUrl(kind: 'server' | 'cluster' = 'server'): string {
  const name = kind === 'cluster' ? 'TEST_REDIS_CLUSTER_URL' : 'TEST_REDIS_URL'
  const url = process.env[name]
  if (!url) throw new Error(`${name} is not set: this test belongs to the containers lane.`)
  return url
}
