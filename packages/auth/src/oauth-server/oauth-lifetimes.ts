const minute = 60
const day = 24 * 60 * minute

/** How long what the OAuth server gives out is good, in seconds (G02, G03). */
export const oauthLifetimes = {
  accessTokenSeconds: 15 * minute,
  idTokenSeconds: 15 * minute,
  /** Of one refresh token; its use begins it anew, within the life of its family. */
  refreshTokenSeconds: 7 * day,
  /** Of all refresh tokens that come of one authorization. */
  familySeconds: 30 * day,
  /** In which a used refresh token still gives the same successor: two tabs that refresh at once. */
  refreshGraceSeconds: 10,
  authorizationCodeSeconds: minute,
  pushedRequestSeconds: minute,
  /** For signing in and consenting. */
  interactionSeconds: 15 * minute,
  /** In which a secret that was replaced is still good. */
  secretOverlapSeconds: day,
  /** How far the clocks of two machines may be apart. */
  clockToleranceSeconds: 5,
  /** How far the time of a proof of possession may be off (RFC 9449, section 11.1). */
  proofSeconds: 5 * minute,
} as const
