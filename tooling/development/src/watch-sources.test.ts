import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { watchSources } from './watch-sources.ts'

let root: string
let file: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'watch-sources-'))
  await mkdir(join(root, 'api/src'), { recursive: true })
  file = join(root, 'api/src/a.ts')
  await writeFile(file, '1')
})

afterEach(() => rm(root, { recursive: true, force: true }))

/** As editors that save by renaming do, and git. */
async function replace(text: string): Promise<void> {
  await writeFile(`${file}.next`, text)
  await rename(`${file}.next`, file)
}

test('every save is noticed, by writing and by renaming, however often', async () => {
  let changes = 0
  const watcher = watchSources(() => {
    changes += 1
  }, [root])
  const saves = [() => writeFile(file, '2'), ...['3', '4', '5'].map((text) => () => replace(text))]
  for (const [index, save] of [...saves, () => writeFile(file, '6')].entries()) {
    await sleep(300)
    await save()
    await expect.poll(() => changes).toBe(index + 1)
  }
  watcher.close()
})

test('a test and a file outside src are not sources', async () => {
  let changes = 0
  const watcher = watchSources(() => {
    changes += 1
  }, [root])
  await writeFile(join(root, 'api/src/a.test.ts'), '1')
  await writeFile(join(root, 'api/README.md'), '1')
  await sleep(500)
  expect(changes).toBe(0)
  await writeFile(file, '2')
  await expect.poll(() => changes).toBe(1)
  watcher.close()
})
