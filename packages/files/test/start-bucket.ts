import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

interface Account {
  readonly key: string
  readonly secret: string
  readonly region: string
}

type Fault = 'none' | 'refuses' | 'hangs' | 'redirects' | 'endless'

/**
 * A bucket `files` in memory that checks each request's Signature Version 4 by the specification, written
 * apart from the client under test, and the hash of each body.
 */
export async function startBucket({ key, secret, region }: Account) {
  const objects = new Map<string, Buffer>()
  let fault: Fault = 'none'
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    if (fault === 'hangs') return
    if (fault === 'refuses') return void response.writeHead(500).end('<Error/>')
    if (request.url === '/elsewhere') return void response.end('the body of another place')
    if (fault === 'redirects') return void response.writeHead(307, { location: '/elsewhere' }).end()
    if (fault === 'endless') return void response.end(Buffer.alloc(6 * 1024 * 1024))
    if (!isSigned(request, body, { key, secret, region })) {
      return void response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>')
    }
    const path = request.url ?? ''
    if (!path.startsWith('/files/')) return void response.writeHead(404).end('<Error/>')
    if (request.method === 'PUT') objects.set(path, body)
    if (request.method === 'DELETE') objects.delete(path)
    const found = objects.get(path)
    if (request.method === 'GET') return void response.writeHead(found ? 200 : 404).end(found)
    return void response.writeHead(request.method === 'DELETE' ? 204 : 200).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return {
    urlFor: (account: Account) =>
      `http://${encodeURIComponent(account.key)}:${encodeURIComponent(account.secret)}@${host}/files?region=${account.region}`,
    objects,
    breakBy(next: Fault) {
      fault = next
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex')
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest()

/** "Authenticating Requests (AWS Signature Version 4)" of the S3 reference, step by step. */
function isSigned({ headers, method, url }: IncomingMessage, body: Buffer, account: Account) {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/
  const [, key, day = '', region, names = '', signature] =
    form.exec(headers.authorization ?? '') ?? []
  if (key !== account.key || region !== account.region) return false
  const bodyHash = String(headers['x-amz-content-sha256'])
  if (body.length > 0 && bodyHash !== sha256(body)) return false
  const time = String(headers['x-amz-date'])
  if (!time.startsWith(day) || !names.split(';').includes('host')) return false
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`)
  const canonical = [method, url, '', signed.join(''), names, bodyHash].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const parts = [day, account.region, 's3', 'aws4_request']
  const signingKey = parts.reduce<Buffer | string>(hmac, `AWS4${account.secret}`)
  return hmac(signingKey, text).toString('hex') === signature
}
