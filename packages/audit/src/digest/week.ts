const dayMs = 24 * 60 * 60 * 1_000

/** The Monday that a moment's week began with, in UTC: `2026-11-23`. */
export function weekOf(moment: Date): string {
  const daysSinceMonday = (moment.getUTCDay() + 6) % 7
  return new Date(moment.getTime() - daysSinceMonday * dayMs).toISOString().slice(0, 10)
}

/** The Monday so many weeks later, or earlier. */
export const weeksAfter = (week: string, weeks: number): string =>
  new Date(startOf(week).getTime() + weeks * 7 * dayMs).toISOString().slice(0, 10)

/** When a week begins. */
export const startOf = (week: string): Date => new Date(`${week}T00:00:00.000Z`)
