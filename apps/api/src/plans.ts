import type { LimitName } from '@repo/rate-limit'

interface PlanLimits {
  /** Members and open invitations together. */
  readonly seats: number
  /** Webhook endpoints. */
  readonly endpoints: number
  /** The limit that counts a member's calls: 1 000 an hour, 10 000 an hour (packages/rate-limit). */
  readonly quota: LimitName
}

/** What a plan of the database is good for. */
export const plans = {
  standard: { seats: 10, endpoints: 5, quota: 'user' },
  business: { seats: 100, endpoints: 20, quota: 'businessUser' },
} as const satisfies Readonly<Record<string, PlanLimits>>

// Parse boundary: the names of the plans, as the table of plans has them.
export const planNames = Object.keys(plans) as (keyof typeof plans)[]

/** The limits of a plan; a plan that this code does not know is a standard one. */
export const limitsOf = (plan: string | undefined): PlanLimits =>
  plan !== undefined && Object.hasOwn(plans, plan)
    ? plans[plan as keyof typeof plans]
    : plans.standard

/** How many seats each plan has. */
export const seatsByPlan: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(plans).map(([plan, { seats }]) => [plan, seats]),
)

/** How many webhook endpoints each plan has. */
export const endpointsByPlan: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(plans).map(([plan, { endpoints }]) => [plan, endpoints]),
)
