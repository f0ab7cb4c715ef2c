import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Model } from '@kubernetes-models/base'
import type { Manifest } from './manifest.ts'

const run = promisify(execFile)
const project = join(import.meta.dirname, '../..')
const compiler = join(project, '../../node_modules/typescript/bin/tsc')

/** Where the models are of what is no part of Kubernetes; the newest of External Secrets' that there is says v1beta1 for v1. */
const packages: Readonly<Record<string, string>> = {
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
  'external-secrets.io/v1': '@kubernetes-models/external-secrets/external-secrets.io/v1beta1',
}
const packageOf = ({ apiVersion }: Manifest) =>
  packages[apiVersion] ?? `kubernetes-models/${apiVersion}`
/** What is modelled, by the name that its model gives it. */
const asModelled = (object: Manifest) => ({
  ...object,
  ...(object.apiVersion === 'external-secrets.io/v1' && {
    apiVersion: 'external-secrets.io/v1beta1',
  }),
})

/** What Kubernetes' OpenAPI schemas and those of the operators refuse of these objects: values, and fields that there are none of. */
export async function findSchemaProblems(objects: readonly Manifest[]): Promise<readonly string[]> {
  const [values, names] = await Promise.all([
    Promise.all(objects.map(findWrongValue)),
    findUnknownFields(objects),
  ])
  return [...values.flat(), ...names]
}

async function findWrongValue(object: Manifest): Promise<readonly string[]> {
  const models: Readonly<Record<string, (new (data: object) => Model<object>) | undefined>> =
    await import(packageOf(object)).catch(() => ({}))
  const ModelOf = models[object.kind]
  const name = `${object.kind}/${object.metadata?.name}`
  if (!ModelOf) return [`${name}: ${object.apiVersion} has no such kind`]
  try {
    new ModelOf(asModelled(object)).validate()
    return []
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`]
  }
}

/** The schemas let pass what they do not know; the types made of them, taken literally, do not. */
async function findUnknownFields(objects: readonly Manifest[]): Promise<readonly string[]> {
  const scratch = join(project, 'node_modules/.manifests')
  await mkdir(scratch, { recursive: true })
  const folder = await mkdtemp(join(scratch, 'types-'))
  try {
    const lines = objects.flatMap((object, index) => [
      `import type { I${object.kind} as I${index} } from '${packageOf(object)}'`,
      `export const object${index}: I${index} = ${JSON.stringify(asModelled(object))}`,
    ])
    await writeFile(join(folder, 'objects.ts'), lines.join('\n'))
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext']
    await run(process.execPath, [
      compiler,
      ...options,
      '--ignoreConfig',
      join(folder, 'objects.ts'),
    ])
    return []
  } catch (error) {
    // What tsc finds is on stdout; what else may fail is no finding.
    const said = String(Reflect.get(Object(error), 'stdout') ?? '')
    const problems = said.split('\n').filter((line) => line.includes('error TS'))
    if (problems.length === 0) throw error
    return problems
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
