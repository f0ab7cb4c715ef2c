import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '@repo/config'
import { expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../../../docker/write-environment.sh', import.meta.url))

function write(...args: readonly string[]): readonly (readonly [string, string])[] {
  const text = execFileSync('sh', [script, 'https://api.example.com', ...args], {
    encoding: 'utf8',
  })
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [name = '', ...value] = line.split('=')
    return [name, value.join('=')]
  })
}

// What compose.yaml gives to migrations alone, and what is left to be given.
const forMigrations = { DATABASE_OWNER_URL: '', DATABASE_ADMIN_URL: '' }
const given = { SMTP_URL: 'smtps://u:d8Kq-2nPz-77Xw-Lm4c@mail.acme.test', MAIL_FROM: 'a@acme.test' }

it.each([[[]], [['upstash']]])(
  'the environment of compose.yaml %j is one to start with',
  (args) => {
    const lines = write(...args)
    const names = lines.map(([name]) => name)
    expect(names).toEqual([...new Set(names)])
    const environment = { ...Object.fromEntries(lines), ...forMigrations, NODE_ENV: 'production' }
    expect(loadConfig({ ...environment, ...given }).trustedProxies).toEqual(['172.28.77.1'])
    expect(() => loadConfig(environment)).toThrow('MAIL_FROM is missing')
  },
)
