/** What is wrong with the environment, all of it: sentences that name variables and hold no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The environment is not fit to start with:\n  ${problems.join('\n  ')}`)
    this.problems = problems
  }
}
