import type { Mutation } from './mutation.ts'
import { databaseMutations } from './mutations/database.ts'
import { doorMutations } from './mutations/doors.ts'
import { edgeMutations } from './mutations/edge.ts'
import { fileMutations } from './mutations/files.ts'
import { identityMutations } from './mutations/identity.ts'
import { inputMutations } from './mutations/inputs.ts'
import { jobMutations } from './mutations/jobs.ts'
import { limitMutations } from './mutations/limits.ts'
import { organizationMutations } from './mutations/organizations.ts'
import { ownershipMutations } from './mutations/ownership.ts'
import { platformMutations } from './mutations/platform.ts'
import { routerMutations } from './mutations/routers.ts'
import { transportMutations } from './mutations/transport.ts'

/** Every control that `pnpm test:sabotage` switches off. */
export const mutations: readonly Mutation[] = [
  ...ownershipMutations,
  ...doorMutations,
  ...routerMutations,
  ...identityMutations,
  ...organizationMutations,
  ...databaseMutations,
  ...fileMutations,
  ...platformMutations,
  ...edgeMutations,
  ...inputMutations,
  ...jobMutations,
  ...limitMutations,
  ...transportMutations,
]
