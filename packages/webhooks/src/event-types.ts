/**
 * What happens and can be told: what the triggers of `webhooks.publish` tell, which a test compares. `webhook.test`
 * is sent when it is asked for, wanted or not.
 */
export const eventTypes = [
  'file.created',
  'file.deleted',
  'file.updated',
  'member.added',
  'member.removed',
  'member.updated',
  'order.created',
  'order.deleted',
  'order.updated',
] as const

/** All of them, and those to come. */
export const everyEvent = '*'
