/** A sentence for whoever has broken it. */
export type Rule = readonly [isBroken: boolean, sentence: string]

/** What the rules that are broken say. */
export const sentencesOf = (rules: readonly Rule[]): readonly string[] =>
  rules.filter(([isBroken]) => isBroken).map(([, sentence]) => sentence)
