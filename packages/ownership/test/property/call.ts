import type { Arguments } from './arbitrary-values.ts'

/** One call of a model's method. */
export interface Call {
  readonly model: string
  readonly method: string
  readonly args: Arguments
}
