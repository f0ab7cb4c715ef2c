// No mail repeats what a stranger typed, such as a name: it would carry their words to the reader.
const notices = {
  passwordReset: 'The password of your account was reset, and every session was ended.',
  passwordChanged: 'The password of your account was changed, and every other session was ended.',
  emailChanged: 'Your account has moved to another e-mail address.',
  totpOn: 'Codes from an authenticator app now protect your account.',
  totpOff: 'Codes from an authenticator app no longer protect your account.',
  recoveryCodeUsed: 'A recovery code of your account was used.',
  recoveryCodesReplaced: 'The recovery codes of your account were replaced.',
  passkeyAdded: 'A passkey was added to your account.',
  passkeyRemoved: 'A passkey was removed from your account.',
  apiKeyCreated: 'An API key of your account was made.',
  apiKeyRotated: 'An API key of your account was given a successor.',
  apiKeyLeaked: 'An API key of yours was seen where no key may be, and was revoked.',
  externalIdentityLinked: 'Your account can now be opened by a log-in with another provider.',
  externalIdentityRemoved: 'A log-in with another provider no longer opens your account.',
  secondFactorReset:
    'The second factor of your account was taken away by an administrator, and every session was ended.',
  accountDeleted: 'Your account was deleted.',
} as const

/** What an owner is told of, since nobody else should have done it. */
export type NoticeEvent = keyof typeof notices

/** What a mail says, in plain text. */
export interface MailText {
  readonly subject: string
  readonly text: string
}

const paragraphs = (...lines: readonly string[]) => `${lines.join('\n\n')}\n`
const ignore = 'If this was not you, you need do nothing.'

/** The mails of accounts, by what they are about. */
export const mailTexts = {
  confirmRegistration: (url: string) => ({
    subject: 'Confirm your e-mail address',
    text: paragraphs(
      'To open your account, follow this link within a day and give the password that you chose:',
      url,
      ignore,
    ),
  }),
  alreadyRegistered: {
    subject: 'You have an account already',
    text: paragraphs(
      'Somebody, probably you, asked for an account with this address, which has one already.',
      'If you forgot your password, ask for a new one where you log in.',
      ignore,
    ),
  },
  resetPassword: (url: string) => ({
    subject: 'Set a new password',
    text: paragraphs('To set a new password, follow this link within an hour:', url, ignore),
  }),
  leaveAddress: (url: string, newEmail: string) => ({
    subject: 'Confirm the change of your e-mail address',
    text: paragraphs(
      `Your account is to move from this e-mail address to ${newEmail}. To agree, follow this link within an hour:`,
      url,
      'The address changes once both have agreed. If this was not you, set a new password: that ends it.',
    ),
  }),
  takeAddress: (url: string) => ({
    subject: 'Confirm the change of your e-mail address',
    text: paragraphs(
      'An account is to move to this e-mail address. To agree, follow this link within an hour:',
      url,
      'The address changes once both have agreed. If this was not you, you need do nothing.',
    ),
  }),
  addressTaken: {
    subject: 'This address has an account already',
    text: paragraphs(
      'Somebody asked to move another account to this address, which has one already. Nothing was changed.',
      ignore,
    ),
  },
  accountMade: (url: string) => ({
    subject: 'An account was made for you',
    text: paragraphs(
      'An administrator made an account with this address. To open it, set a password by this link within a day:',
      url,
      'If you expect no account, you need do nothing.',
    ),
  }),
  impersonated: {
    subject: 'An administrator is looking at your account',
    text: paragraphs(
      'To help you, an administrator of this service has begun to act as you, for at most 30 minutes. They cannot see or change your password, second factors or keys.',
      'You see it among your sessions, where you can end it. Whatever is done is recorded under their name and yours.',
    ),
  },
  invitation: (url: string) => ({
    subject: 'You are invited to an organization',
    text: paragraphs(
      'Somebody invites this e-mail address to their organization. To accept, log in with it, or open an account with it first, and follow this link within a week:',
      url,
      'If you expect no invitation, you need do nothing.',
    ),
  }),
  apiKeyExpires: (prefix: string, expiresAt: Date) => ({
    subject: 'An API key of yours is about to expire',
    text: paragraphs(
      `Your API key that begins with ${prefix} expires at ${expiresAt.toISOString()}. Programs that use it stop working then.`,
      'Rotate it in time: both keys work for a day, so that you can exchange it without an interruption.',
      'If you do not need it any more, you need do nothing.',
    ),
  }),
  notice: (event: NoticeEvent) => ({
    subject: 'Your account: something changed',
    text: paragraphs(
      notices[event],
      'If this was not you, set a new password, and look at your sessions, passkeys, log-ins with other providers and API keys.',
    ),
  }),
} as const satisfies Record<string, MailText | ((...words: never[]) => MailText)>
