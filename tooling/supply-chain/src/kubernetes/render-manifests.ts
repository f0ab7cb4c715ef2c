import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import type { Manifest } from './manifest.ts'

const run = promisify(execFile)
const repository = join(import.meta.dirname, '../../../..')

/** What `kubectl kustomize` makes of a folder of the repository; rejects with what it says where it cannot. */
export async function renderManifests(folder: string): Promise<readonly Manifest[]> {
  const kubectl = process.env['KUBECTL'] || 'kubectl'
  const { stdout } = await run(kubectl, ['kustomize', join(repository, folder)])
  return parseAllDocuments(stdout).map((document) => document.toJS())
}
