/** One control of ours switched off, and the tests that are to notice. */
export interface Mutation {
  /** What is wrong then, in a few words. */
  readonly name: string
  readonly file: string
  /** Text that the file holds exactly once, and what takes its place. */
  readonly find: string
  readonly replace: string
  /** The files of tests that are run, and no others. */
  readonly tests: readonly string[]
  /** Of large walking suites, the titles that are run. */
  readonly titles?: string
  /** What a start-up check of ours says: refusing to serve is noticing too. */
  readonly refusal?: string
}

/** The text with the mutation in it; throws unless it applies at exactly one place and changes something. */
export function mutate(text: string, { name, file, find, replace }: Mutation): string {
  const places = text.split(find).length - 1
  if (places !== 1)
    throw new Error(`${name}: ${file} holds what is to be replaced ${places} times.`)
  const mutated = text.replace(find, () => replace)
  if (mutated === text) throw new Error(`${name}: nothing is changed.`)
  return mutated
}
