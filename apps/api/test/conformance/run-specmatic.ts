import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Described, documentForSpecmatic } from './document-for-specmatic.ts'
import { programs, runProgram } from './run-program.ts'

interface Specification {
  readonly document: Described
  /** Where what it sends goes. */
  readonly url: string
  /** Which tests, in specmatic's own words. */
  readonly filter: string
  /** Fills the folder of the examples that it makes requests of. */
  readonly writeExamples: (folder: string) => Promise<void>
}

export interface Report {
  readonly succeeded: number
  /** Each test that failed or could not be made, and what is told of it. */
  readonly failed: readonly string[]
}

const needsJava = 'specmatic needs Java 17 or newer (Debian: openjdk-17-jre-headless).'

/** Lets specmatic make valid and invalid requests of a document, and judge the answers by it. */
export async function runSpecmatic(specification: Specification): Promise<Report> {
  const { document, url, filter, writeExamples } = specification
  const reports = join(programs, 'reports')
  await mkdir(reports, { recursive: true })
  const folder = await mkdtemp(join(reports, 'specmatic-'))
  const examples = join(folder, 'openapi_examples')
  await mkdir(examples)
  await writeExamples(examples)
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(documentForSpecmatic(document)))
  await copyFile(join(programs, 'specmatic.yaml'), join(folder, 'specmatic.yaml'))
  const jar = join(programs, 'node_modules/specmatic/specmatic.jar')
  const args = ['-Xmx1g', '-jar', jar, 'test', `--testBaseURL=${url}`, `--filter=${filter}`]
  const output = await runProgram('java', args, { cwd: folder }).catch((cause) => {
    throw new Error(needsJava, { cause })
  })
  await rm(folder, { recursive: true })
  return readReport(output)
}

const summary = /^Tests run: \d+, Successes: (\d+), Failures: (\d+), WIP: \d+, Errors: (\d+)$/m
// What was asked, what was answered and what is wrong follow.
const failure = /^([+-]ve .*) (?:has FAILED|was ABORTED)$(?=([\s\S]{0,1500}))/gm

function readReport(output: string): Report {
  const [, succeeded, failures, errors] = summary.exec(output) ?? []
  if (succeeded === undefined)
    throw new Error(`specmatic tells of no tests: ${output.slice(-2_000)}`)
  const named = [...output.matchAll(failure)].map(([, name, what]) => `${name}${what}`)
  const unnamed = Number(failures) + Number(errors) - named.length
  // Such as an example that is not what the document says.
  const failed = unnamed > 0 ? [...named, `${unnamed} without a name`] : named
  return { succeeded: Number(succeeded), failed }
}
