export interface Summary {
  readonly count: number
  readonly mean: number
  readonly median: number
  readonly p95: number
  readonly p99: number
}

export function summarize(values: readonly number[]): Summary {
  return {
    count: values.length,
    mean: meanOf(values),
    median: quantile(values, 0.5),
    p95: quantile(values, 0.95),
    p99: quantile(values, 0.99),
  }
}

/** The least value that this share of all values does not exceed (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** Welch's t of two samples: how many standard errors their means are apart. */
export function welchT(one: readonly number[], other: readonly number[]): number {
  return (meanOf(one) - meanOf(other)) / standardError(one, other)
}

/** The standard error of the difference between the means of two samples. */
export function standardError(one: readonly number[], other: readonly number[]): number {
  return Math.sqrt(varianceOf(one) / one.length + varianceOf(other) / other.length)
}

const meanOf = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values)
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
}
