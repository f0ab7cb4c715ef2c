import { type SecurityEventName, securityEvents } from '@repo/logging'

export type Fields = Readonly<Record<string, unknown>>

/** The fields of a line, which is one object of JSON; what is none is a message, so that it holds nothing up. */
export function parseLine(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : { msg: text }
  } catch {
    return { msg: text }
  }
}

/** When it was written; now, where it says no time. */
export function timeOf({ time }: Fields): number {
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN
  return Number.isNaN(at) ? Date.now() : at
}

/** The security event that a line tells of, by its name in the vocabulary; null where it is none. */
export function securityEventOf({ event }: Fields): SecurityEventName | null {
  const name = typeof event === 'string' ? (event.split(':', 1)[0] ?? '') : ''
  return isSecurityEvent(name) ? name : null
}

const isSecurityEvent = (name: string): name is SecurityEventName =>
  Object.hasOwn(securityEvents, name)
