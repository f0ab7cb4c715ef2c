import { expect, test } from 'vitest'
import { readPoolSettings } from './pool-settings.ts'

const url = (search: string) => `postgresql://rampart_app:secret@localhost/rampart${search}`

test('a connection is waited for 2 seconds, unless the URL says otherwise', () => {
  expect(readPoolSettings(url(''))).toEqual({ maxConnections: null, waitSeconds: 2 })
  const settings = readPoolSettings(url('?sslmode=require&connection_limit=25&pool_timeout=20'))
  expect(settings).toEqual({ maxConnections: 25, waitSeconds: 20 })
})

test.each(['0', '1001', '-1', '2.5', '1e2', ' 5', 'many', ''])('%j is no limit', (text) => {
  const wrong = url(`?connection_limit=${encodeURIComponent(text)}`)
  expect(() => readPoolSettings(wrong)).toThrow('must be a whole number, 1 to 1000')
})
