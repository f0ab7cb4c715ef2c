import type { Mutation } from './mutation.ts'
import { auditMutations } from './mutations/audit.ts'
import { databaseMutations } from './mutations/database.ts'
import { deliveryMutations } from './mutations/delivery.ts'
import { detectionMutations } from './mutations/detection.ts'
import { doorMutations } from './mutations/doors.ts'
import { edgeMutations } from './mutations/edge.ts'
import { fileMutations } from './mutations/files.ts'
import { identityMutations } from './mutations/identity.ts'
import { inputMutations } from './mutations/inputs.ts'
import { jobMutations } from './mutations/jobs.ts'
import { limitMutations } from './mutations/limits.ts'
import { logMutations } from './mutations/logs.ts'
import { organizationMutations } from './mutations/organizations.ts'
import { outboundMutations } from './mutations/outbound.ts'
import { ownershipMutations } from './mutations/ownership.ts'
import { platformMutations } from './mutations/platform.ts'
import { rotationMutations } from './mutations/rotation.ts'
import { routerMutations } from './mutations/routers.ts'
import { secretMutations } from './mutations/secrets.ts'
import { securityPageMutations } from './mutations/security-page.ts'
import { shippingMutations } from './mutations/shipping.ts'
import { telemetryMutations } from './mutations/telemetry.ts'
import { transportMutations } from './mutations/transport.ts'
import { webhookMutations } from './mutations/webhooks.ts'

/** Every control that `pnpm test:sabotage` switches off. */
export const mutations: readonly Mutation[] = [
  ...ownershipMutations,
  ...doorMutations,
  ...routerMutations,
  ...identityMutations,
  ...organizationMutations,
  ...databaseMutations,
  ...auditMutations,
  ...fileMutations,
  ...platformMutations,
  ...detectionMutations,
  ...edgeMutations,
  ...inputMutations,
  ...jobMutations,
  ...limitMutations,
  ...transportMutations,
  ...webhookMutations,
  ...outboundMutations,
  ...logMutations,
  ...shippingMutations,
  ...telemetryMutations,
  ...secretMutations,
  ...rotationMutations,
  ...securityPageMutations,
  ...deliveryMutations,
]
