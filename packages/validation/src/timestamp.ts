import { z } from 'zod'

/** A time as it leaves the API: ISO 8601 in UTC. */
export const timestamp = z
  .date()
  .transform((date) => date.toISOString())
  .pipe(z.iso.datetime().meta({ maxLength: 24 }))
