import { AppError } from '@repo/errors'
import { checkJson } from '@repo/validation'
import { t } from './trpc.ts'

/** Input that no schema should have to think of: prototype keys, NUL, lone surrogates, endless depth. */
export const refuseHostileJson = t.middleware(async ({ getRawInput, next }) => {
  const fields = checkJson(await getRawInput())
  if (fields.length > 0) throw new AppError('invalid_input', { fields })
  return next()
})
