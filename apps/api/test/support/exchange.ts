import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Names in lower case; a repeated one holds its last value. */
  readonly headers: Readonly<Record<string, string>>
  /** Everything that came, head and body. */
  readonly text: string
  readonly body: string
}

const patienceMs = 10_000

/** Sends bytes as they are, past what `fetch` would forbid or tidy up, and reads until the server ends. */
export function exchange(url: string, message: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(message))
    socket.setTimeout(patienceMs, () => socket.destroy(new Error('The server said nothing.')))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('end', () => {
      socket.end()
      resolve(parse(Buffer.concat(chunks).toString('latin1')))
    })
  })
}

/** The same for a request with these header lines; Host and Connection come by themselves unless given. */
export function exchangeRequest(
  url: string,
  line: string,
  headers: readonly string[] = [],
  body = '',
): Promise<RawAnswer> {
  const given = headers.map((header) => header.toLowerCase())
  const has = (name: string) => given.some((header) => header.startsWith(`${name}:`))
  const own = [
    ...(has('host') ? [] : [`Host: ${new URL(url).host}`]),
    ...(body === '' || has('content-length') ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    'Connection: close',
  ]
  const head = [`${line} HTTP/1.1`, ...own, ...headers, '', ''].join('\r\n')
  return exchange(url, head + body)
}

function parse(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  const status = Number(first.split(' ')[1])
  return { status, headers: Object.fromEntries(headers), text, body: text.slice(end + 4) }
}
