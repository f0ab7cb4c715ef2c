import { loadConfig } from '@repo/config'
import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { securityHeaders } from './security-headers.ts'

const config = loadConfig({
  DATABASE_URL: 'postgresql://a:b@localhost/c',
  REDIS_URL: 'redis://localhost',
  SMTP_URL: 'file:///tmp/outbox',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
})

it('a route may be kept by caches when it says so, and never when it asks who calls', async () => {
  const server = Fastify()
  await securityHeaders(server, { config })
  const cacheControl = 'public, max-age=60'
  const answer = async () => 'text'
  server.get('/silent', answer)
  server.get('/public', { config: { cacheControl } }, answer)
  server.get('/mine', { config: { cacheControl, identifies: true } }, answer)
  const said = async (url: string) => (await server.inject(url)).headers['cache-control']
  expect(await said('/silent')).toBe('no-store')
  expect(await said('/public')).toBe(cacheControl)
  expect(await said('/mine')).toBe('no-store')
  await server.close()
})
