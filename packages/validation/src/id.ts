import { z } from 'zod'

// The largest value of Postgres' integer.
const maxInteger = 2_147_483_647

/** A UUID (RFC 9562), in lower case: two spellings of one id are equal. */
export const id = z.uuid().toLowerCase().meta({ minLength: 36, maxLength: 36 })

/** A numbered id: a positive integer up to 2³¹ − 1. */
export const serialId = z.int().min(1).max(maxInteger)
