import { id, outputText, timestamp } from '@repo/validation'
import { z } from 'zod'

// A number of 64 bits, which JSON has no number for.
export const eventId = z
  .string()
  .regex(/^[1-9]\d{0,18}$/)
  .meta({ minLength: 1, maxLength: 19 })

export const auditOutcome = z.enum(['success', 'denied', 'failed'])

const words = outputText(10_000)
const state = z
  .record(
    outputText(100),
    z.union([
      words,
      z.number(),
      z.boolean(),
      z.null(),
      z.array(words).meta({ maxItems: 100 }).readonly(),
    ]),
  )
  .nullable()

/** An event of the audit log, as it is answered: in a list, and as a line of an export. */
export const auditEvent = z.object({
  id: eventId,
  time: timestamp,
  organizationId: id.nullable(),
  actor: id.nullable(),
  onBehalfOf: id.nullable(),
  action: outputText(100),
  target: outputText(200).nullable(),
  outcome: auditOutcome,
  code: outputText(100).nullable(),
  address: outputText(45).nullable(),
  requestId: outputText(64),
  before: state,
  after: state,
})
