import { AppError } from '@repo/errors'

const mebibyte = 1024 * 1024

/** What this process holds of uploads at once: three of the largest for a caller, a score in all. */
const maxHeldBytes = { perCaller: 15 * mebibyte, inAll: 100 * mebibyte }

export interface Allowance {
  /** Counts bytes as they arrive; throws `overloaded` for those that are too many. */
  take(bytes: number): void
  /** Gives back what was taken. */
  end(): void
}

/** Bounds the memory that uploads take, whoever sends how many of them. */
export function createUploadBudget(): { open(caller: string): Allowance } {
  const held = new Map<string, number>()
  let inAll = 0

  function change(caller: string, bytes: number): void {
    const own = (held.get(caller) ?? 0) + bytes
    inAll += bytes
    if (own > 0) held.set(caller, own)
    else held.delete(caller)
  }

  return {
    open(caller) {
      let taken = 0
      return {
        take(bytes) {
          const own = held.get(caller) ?? 0
          if (own + bytes > maxHeldBytes.perCaller || inAll + bytes > maxHeldBytes.inAll) {
            throw new AppError('overloaded', { retryAfterSeconds: 1 })
          }
          taken += bytes
          change(caller, bytes)
        },
        end() {
          change(caller, -taken)
          taken = 0
        },
      }
    },
  }
}
