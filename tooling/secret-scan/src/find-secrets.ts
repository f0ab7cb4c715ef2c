import { lintSource } from '@secretlint/core'
import { creator } from '@secretlint/secretlint-rule-preset-recommend'
import { allowed } from './allowed.ts'
import type { FoundText } from './list-texts.ts'

export interface FoundSecret {
  readonly path: string
  readonly blob: string | null
  readonly line: number
  /** What secretlint calls it; never the secret itself. */
  readonly rule: string
}

const config = {
  rules: [
    { id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, rules: [...allowed] },
  ],
}

/** What secretlint's recommended rules take for a secret, but for samples. */
export async function findSecrets({
  path,
  blob,
  text,
}: FoundText): Promise<readonly FoundSecret[]> {
  const source = { filePath: path, content: text, contentType: 'text' } as const
  const { messages } = await lintSource({ source, options: { maskSecrets: true, config } })
  return messages.map(({ loc, ruleId }) => ({
    path,
    blob,
    line: loc.start.line,
    rule: ruleId.replace('@secretlint/secretlint-rule-', ''),
  }))
}
