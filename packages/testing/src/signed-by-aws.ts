import aws4 from 'aws4'
import type { Received } from './start-receiver.ts'

export interface AwsAccess {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Whether another implementation of Signature Version 4 comes to the same signature over the signed headers. */
export function isSignedByAws(
  { method, path, headers, body }: Pick<Received, 'method' | 'path' | 'headers' | 'body'>,
  expected: { readonly service: string; readonly region: string; readonly access: AwsAccess },
): boolean {
  const { service, region, access } = expected
  const given = String(headers['authorization'])
  const names = /SignedHeaders=([^,]+)/.exec(given)?.[1]?.split(';') ?? []
  const date = String(headers['x-amz-date'])
  const time = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
  const isComplete = ['host', 'x-amz-date', 'x-amz-target'].every((name) => names.includes(name))
  const signedHeaders = Object.fromEntries(names.map((name) => [name, String(headers[name])]))
  const again = aws4.sign({ service, region, method, path, body, headers: signedHeaders }, access)
  const isNow = Math.abs(Date.now() - time) < 300_000
  return isComplete && isNow && again.headers?.['Authorization'] === given
}
