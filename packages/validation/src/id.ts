import { z } from 'zod'

/** An id of a user, an organization and the like: a UUID in lower case. */
export const id = z.uuid().toLowerCase()

/** A numeric id such as an order's: 1 to 2³¹ − 1; anything but an integer is refused (G13). */
export const serialId = z.int().min(1).max(2_147_483_647)
