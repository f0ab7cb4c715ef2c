import { z } from 'zod'
import { problem } from './input-problem.ts'

// What a database and every other program can hold, whatever the offset; another year is a slip.
const year = /^(?:19|20|21)\d\d-/

/** A day (ISO 8601), of the years 1900 to 2199. */
export const calendarDate = z.iso.date().regex(year).meta({ format: 'date', maxLength: 10 })

/** A moment (ISO 8601) with its offset from UTC, of the years 1900 to 2199. */
export const moment = z.iso
  .datetime({ offset: true })
  .max(35)
  .regex(year)
  .meta({ format: 'date-time' })

const msPerDay = 86_400_000

interface RangeOptions {
  /** What lies between the two at most; without it, anything. */
  readonly maxDays?: number
}

/**
 * The checks of an object with a beginning and an end, which may each be left out:
 * `z.strictObject({ since: moment, until: moment }).check(...inOrder('since', 'until'))`.
 */
export function inOrder(
  from: string,
  to: string,
  { maxDays = Number.POSITIVE_INFINITY }: RangeOptions = {},
) {
  const spanOf = (value: unknown) => timeOf(value, to) - timeOf(value, from)
  // Said beside what is wrong with other fields.
  const when = ({ value }: z.core.ParsePayload) => Number.isFinite(spanOf(value))
  return [
    z.refine((value) => spanOf(value) >= 0, { path: [to], when, ...problem('range_reversed') }),
    z.refine((value) => spanOf(value) <= maxDays * msPerDay, {
      ...{ path: [to], when },
      ...problem('range_too_long'),
    }),
  ] as const
}

/** Days from the first to the last, both included: at most `maxDays` of them. */
export function dateRange({ maxDays }: { readonly maxDays: number }) {
  return z
    .strictObject({ from: calendarDate, to: calendarDate })
    .check(...inOrder('from', 'to', { maxDays: maxDays - 1 }))
}

const time = z.union([calendarDate, moment])

function timeOf(value: unknown, name: string): number {
  const { data } = time.safeParse(Reflect.get(Object(value), name))
  // Of what is no time the field's own schema speaks.
  return data === undefined ? Number.NaN : Date.parse(data)
}
