import { AppError } from '@repo/errors'

/** One answer for a link that is used, expired, of another purpose or made up. */
export const invalidLink = (): AppError => new AppError('invalid_link')
