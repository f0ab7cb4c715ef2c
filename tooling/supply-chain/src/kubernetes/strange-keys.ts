/** What an object says that nobody has looked at: where a key may undo a guard, only known ones pass. */
export const strangeKeys = (object: object, known: readonly string[]): readonly string[] =>
  Object.keys(object).filter((key) => !known.includes(key))
