import { z } from 'zod'

/** The input of a procedure that takes none; anything given is refused. */
export const noInput = z.void()

/** The output of a procedure that answers with nothing (204 in REST). */
export const nothing = z.void()
