import { id, outputEmail, outputText, timestamp } from '@repo/validation'
import { z } from 'zod'

// What is answered to administrators of the platform: by their procedures, and on their pages.

const count = z.int().min(0)

export const alertStatus = z.enum(['open', 'acknowledged', 'resolved'])

export const alertSeverity = z.enum(['info', 'warning', 'critical'])

export const alert = z.object({
  id,
  rule: outputText(50),
  severity: alertSeverity,
  subject: outputText(200).nullable(),
  summary: outputText(500),
  count: z.int().min(1),
  firstAt: timestamp,
  lastAt: timestamp,
  status: alertStatus,
  acknowledgedBy: id.nullable(),
  acknowledgedAt: timestamp.nullable(),
  resolvedBy: id.nullable(),
  resolvedAt: timestamp.nullable(),
})

// IPv4, or the first half of an IPv6 address: `192.0.2.1`, `2001:db8:0:1::/64`.
export const blockableAddress = z
  .string()
  .regex(/^[0-9a-f.:]{2,41}(\/64)?$/)
  .meta({ minLength: 2, maxLength: 44 })

export const blockedAddress = z.object({
  address: blockableAddress,
  reason: outputText(50),
  count: z.int().min(1),
  blockedAt: timestamp,
  blockedUntil: timestamp,
})

export const platformSession = z.object({
  id,
  userId: id,
  email: outputEmail,
  state: z.enum(['whole', 'pending', 'impersonation']),
  secondFactor: z.boolean(),
  createdAt: timestamp,
  lastSeenAt: timestamp,
  expiresAt: timestamp,
  address: outputText(45).nullable(),
  userAgent: outputText(256).nullable(),
  impersonatorId: id.nullable(),
})

export const sessionCounts = z.object({
  whole: count,
  secondFactor: count,
  pending: count,
  impersonation: count,
  people: count,
})

export const dueKey = z.object({
  id,
  organizationId: id,
  organization: outputText(100),
  userId: id,
  email: outputEmail,
  name: outputText(100),
  prefix: outputText(20),
  createdAt: timestamp,
  lastUsedAt: timestamp.nullable(),
  endsAt: timestamp,
})

export const jobQueue = z.object({
  name: outputText(50),
  waiting: count,
  retrying: count,
  running: count,
  oldestAt: timestamp.nullable(),
  deadLetters: count,
})

export const overview = z.object({
  openAlerts: count,
  criticalAlerts: count,
  acknowledgedAlerts: count,
  quietSince: timestamp.nullable(),
  blockedAddresses: count,
  deadLetters: count,
  dueKeys: count,
  sealedAt: timestamp.nullable(),
  unsealed: count,
  unsealedSince: timestamp.nullable(),
})

export const auditChain = z.object({
  links: outputText(19).nullable(),
  sealedAt: timestamp.nullable(),
  head: outputText(64).nullable(),
  unsealed: z.int().min(0),
  unsealedSince: timestamp.nullable(),
})

export const refusalSteps = z.object({
  stepMinutes: count,
  steps: z
    .array(z.object({ at: timestamp, failedLogIns: count, others: count }))
    .meta({ maxItems: 48 })
    .readonly(),
})

// Since the quarter of an hour in which the span begins.
export const refusalSources = z.object({
  items: z
    .array(z.object({ network: outputText(50), refusals: count, failedLogIns: count }))
    .meta({ maxItems: 20 })
    .readonly(),
})
