import { generateTotpCode } from '@repo/testing'
import type { Visitor } from './create-visitor.ts'
import type { TestApi } from './start-api.ts'

export interface EnrolledTotp {
  readonly secret: string
  readonly recoveryCodes: readonly string[]
  /** The code of a step that no code of theirs was used in: the API's clock moves there. */
  nextCode(): string
}

/** Turns codes on as a signed-in person does; throws when the API refuses. */
export async function enrollTotp(api: TestApi, visitor: Visitor): Promise<EnrolledTotp> {
  const enrolled = await visitor.ask('POST /auth/mfa/totp/enroll')
  const secret = String(enrolled.body?.['secret'])
  const code = generateTotpCode(secret, api.services.clock())
  const confirmed = await visitor.ask('POST /auth/mfa/totp/confirm', { code })
  const { recoveryCodes } = confirmed.body ?? {}
  if (!Array.isArray(recoveryCodes)) throw new Error(`TOTP is not on: ${confirmed.text}`)
  return {
    secret,
    recoveryCodes: recoveryCodes.map(String),
    nextCode() {
      api.moveClock(30)
      return generateTotpCode(secret, api.services.clock())
    },
  }
}
