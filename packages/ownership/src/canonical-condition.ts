const token =
  /'(?:[^']|'')*'|(?:"(?:[^"]|"")+"|\w+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|\w+))*|[<>=!:|]+|\S/g

/**
 * An SQL condition in one spelling, however it was written and whichever Postgres deparsed it: without the
 * blanks, quotes, aliases and parentheses that mean nothing. What groups, and so what it means, stays.
 */
export function canonicalCondition(condition: string): string {
  const tokens = (condition.match(token) ?? []).map(toPlain)
  const cursor = { tokens, at: 0 }
  const parsed = parseEither(cursor)
  // Nothing of it may go uncompared, should its parentheses not match.
  return [parsed, ...tokens.slice(cursor.at)].join(' ')
}

interface Cursor {
  readonly tokens: readonly string[]
  at: number
}

/** Names in lower case and without quotes, which is what they mean; literals as they are. */
function toPlain(text: string): string {
  if (text.startsWith("'")) return text
  const parts = text
    .split('.')
    .map((part) => part.trim())
    .map((part) =>
      part.startsWith('"') ? part.replace(/^"([a-z_][a-z0-9_]*)"$/, '$1') : part.toLowerCase(),
    )
  return parts.join('.').replace(/^public\./, '')
}

const parseEither = (cursor: Cursor) => parseChain(cursor, 'or', parseBoth)
const parseBoth = (cursor: Cursor) => parseChain(cursor, 'and', parseComparison)

function parseChain(cursor: Cursor, word: 'or' | 'and', parseNext: (cursor: Cursor) => string) {
  const parts = [parseNext(cursor)]
  while (cursor.tokens[cursor.at] === word) {
    cursor.at += 1
    parts.push(parseNext(cursor))
  }
  return parts.length === 1 ? parts.join('') : `${word}[${parts.join(', ')}]`
}

/** Everything up to the next AND, OR or closing parenthesis. */
function parseComparison(cursor: Cursor): string {
  const items: string[] = []
  while (!ends(cursor)) items.push(...readItem(cursor))
  const [only = ''] = items
  // Parentheses around the whole of it group nothing.
  return items.length === 1 && only.startsWith('(') ? only.slice(1, -1) : items.join(' ')
}

function ends({ tokens, at }: Cursor): boolean {
  return at >= tokens.length || ['and', 'or', ')'].includes(tokens[at] ?? '')
}

function readItem(cursor: Cursor): readonly string[] {
  const text = cursor.tokens[cursor.at] ?? ''
  cursor.at += 1
  if (text === 'where') return [text, `(${parseEither(cursor)})`]
  if (text === 'as') {
    cursor.at += 1
    return []
  }
  if (text !== '(') return [text]
  const inner = parseEither(cursor)
  cursor.at += 1
  return [/^\S+$/.test(inner) ? inner : `(${inner})`]
}
