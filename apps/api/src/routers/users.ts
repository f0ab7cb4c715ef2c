import { id, name, outputEmail, outputText, timestamp } from '@repo/validation'
import { z } from 'zod'
import { userProcedure } from '../procedures/doors.ts'
import { rest } from '../procedures/rest.ts'
import { router } from '../procedures/trpc.ts'

const user = z.object({
  id,
  email: outputEmail,
  name: outputText(100),
  createdAt: timestamp,
  updatedAt: timestamp,
})

export const users = router({
  get: userProcedure('user:read')
    .meta(rest('GET /users/{userId}', 'Read a user: oneself, or a member as an admin'))
    .input(z.strictObject({ userId: id }))
    .output(user)
    .query(({ ctx, input }) => ctx.db.user.findFirstOrThrow({ where: { id: input.userId } })),

  update: userProcedure('user:update')
    .meta(rest('PATCH /users/{userId}', 'Change a user: oneself, or a member as an admin'))
    .input(z.strictObject({ userId: id, name: name.exactOptional() }))
    .output(user)
    .mutation(({ ctx, input: { userId, ...data } }) =>
      ctx.db.user.update({ where: { id: userId }, data }),
    ),
})
