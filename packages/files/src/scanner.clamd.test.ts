import {
  createPdf,
  createPng,
  eicar,
  launchClamd,
  pngChunk,
  type RealClamd,
  sampleJpeg,
} from '@repo/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createScanner } from './scanner.ts'

// clamd itself, not what scanner.test.ts has for one.
let clamd: RealClamd

beforeAll(async () => {
  clamd = await launchClamd()
})
afterAll(() => clamd?.close())

const infectedPng = createPng({ chunks: [pngChunk('tEXt', Buffer.from(eicar))] })

describe.each(['url', 'socketUrl'] as const)('clamd by its %s', (way) => {
  test.each([
    ['a PNG', createPng()],
    ['a JPEG', sampleJpeg],
    ['a PDF', createPdf()],
    ['5 MiB', Buffer.alloc(5_242_880, 'abc')],
    ['half of the EICAR text', Buffer.from(eicar.slice(0, 40))],
  ])('says that %s is clean', async (_name, content) => {
    expect(await createScanner(clamd[way], { timeoutMs: 30_000 })(content)).toBe('clean')
  })

  test.each([
    ['the EICAR text', Buffer.from(eicar)],
    ['a PNG that holds it', infectedPng],
    ['4 MiB before it', Buffer.concat([Buffer.alloc(4_194_304, 'abc'), Buffer.from(eicar)])],
  ])('says that %s is infected', async (_name, content) => {
    expect(await createScanner(clamd[way], { timeoutMs: 30_000 })(content)).toBe('infected')
  })
})

test('many contents at once get each their own verdict', async () => {
  const scan = createScanner(clamd.url, { timeoutMs: 30_000 })
  const contents = Array.from({ length: 20 }, (_, index) => (index % 2 ? infectedPng : createPng()))
  const verdicts = await Promise.all(contents.map(scan))
  expect(verdicts).toEqual(contents.map((one) => (one === infectedPng ? 'infected' : 'clean')))
})

test('a clamd that was ended leaves contents unscanned, not clean', async () => {
  const gone = await launchClamd()
  const scan = createScanner(gone.url)
  expect(await scan(createPng())).toBe('clean')
  await gone.close()
  await expect(scan(createPng())).rejects.toMatchObject({ code: 'unavailable' })
})
