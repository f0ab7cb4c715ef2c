import { SetupError } from '../setup-error.ts'
import { editAppRouter } from './edit-app-router.ts'
import { editEventTypes } from './edit-event-types.ts'
import { editOwnership } from './edit-ownership.ts'
import { editPermissions, editRoles } from './edit-permissions.ts'
import { editSamples } from './edit-samples.ts'
import { editSchema } from './edit-schema.ts'
import type { Names } from './names.ts'
import { refuseTaken } from './refuse-taken.ts'
import { printFlowTest } from './templates/flow-test.ts'
import { printRouter } from './templates/router.ts'

export const schemaFile = 'packages/database/prisma/schema.prisma'
const permissionsFile = 'packages/rbac/src/permissions.ts'

const edits: Readonly<Record<string, (text: string, names: Names) => string>> = {
  [schemaFile]: editSchema,
  'packages/ownership/src/owned-models.ts': editOwnership,
  [permissionsFile]: editPermissions,
  'packages/rbac/src/roles.ts': editRoles,
  'packages/webhooks/src/event-types.ts': editEventTypes,
  'apps/api/src/routers/app-router.ts': editAppRouter,
  'apps/api/test/support/samples.ts': editSamples,
}

/** The whole text of each file as it is to be, by its path. */
export type Plan = ReadonlyMap<string, string>

/** Reads a file of the workspace; null where there is none. */
export type ReadFile = (file: string) => Promise<string | null>

/** Every file that a new router adds or changes; throws SetupError, and writes nothing. */
export async function planRouter(names: Names, readFile: ReadFile): Promise<Plan> {
  const plan = new Map<string, string>()
  for (const [file, print] of newFiles(names)) {
    if ((await readFile(file)) !== null)
      throw new SetupError(`${file} is there already.`, 'Take another name.')
    plan.set(file, print(names))
  }
  const read = async (file: string) => {
    const text = await readFile(file)
    if (text === null) throw new SetupError(`${file} is not there.`, 'Nothing was written.')
    return text
  }
  refuseTaken(names, { schema: await read(schemaFile), permissions: await read(permissionsFile) })
  for (const [file, edit] of Object.entries(edits)) {
    const text = await read(file)
    plan.set(
      file,
      within(file, () => edit(text, names)),
    )
  }
  return plan
}

const newFiles = ({ path }: Names) =>
  [
    [`apps/api/src/routers/${path}.ts`, printRouter],
    [`apps/api/test/flows/${path}.test.ts`, printFlowTest],
  ] as const

/** What went wrong in an edit, with the file it was in. */
function within(file: string, edit: () => string): string {
  try {
    return edit()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    throw new SetupError(`${file}: ${error.message}`, error.wayOut, { cause: error })
  }
}
