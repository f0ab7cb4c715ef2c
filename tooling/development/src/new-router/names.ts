import { SetupError } from '../setup-error.ts'
import { isReserved } from './reserved-words.ts'

/** How one resource is called wherever it is named. */
export interface Names {
  /** `line-items`: the file, the path, the words of the command. */
  readonly path: string
  /** `lineItems`: the router. */
  readonly plural: string
  /** `lineItem`: the permission's resource. */
  readonly singular: string
  /** `LineItem` */
  readonly model: string
  /** `line_items` */
  readonly table: string
  /** `lineItemId` */
  readonly id: string
  /** `line items`, and `a line item` */
  readonly words: { readonly plural: string; readonly one: string }
}

const wayOut = 'Give a plural in kebab-case: pnpm new:router line-items'
const kebabCase = /^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/
// Postgres cuts identifiers at 63 bytes, and the index appends columns.
const maxLength = 40

/** The names of a resource; throws SetupError for one that cannot be a resource's. */
export function readNames(path: string | undefined, singular?: string): Names {
  if (!path) throw new SetupError('A router needs a name.', wayOut)
  refuseMalformed(path)
  const singularPath = singular ?? singularOf(path)
  refuseMalformed(singularPath)
  if (path === singularPath) throw new SetupError(`${path} is its own singular.`, wayOut)
  const names = namesOf(path, singularPath)
  const reserved = [names.plural, names.singular, names.model].find(isReserved)
  if (reserved) throw new SetupError(`${reserved} is a reserved word.`, 'Take another name.')
  return names
}

function refuseMalformed(word: string): void {
  if (!kebabCase.test(word)) throw new SetupError(`${word} is not in kebab-case.`, wayOut)
  if (word.length > maxLength) {
    throw new SetupError(`${word} is longer than ${maxLength} characters.`, wayOut)
  }
}

function namesOf(path: string, singularPath: string): Names {
  const singular = toCamelCase(singularPath)
  const one = singularPath.replaceAll('-', ' ')
  return {
    path,
    plural: toCamelCase(path),
    singular,
    model: singular.charAt(0).toUpperCase() + singular.slice(1),
    table: path.replaceAll('-', '_'),
    id: `${singular}Id`,
    words: { plural: path.replaceAll('-', ' '), one: `${articleOf(one)} ${one}` },
  }
}

const toCamelCase = (path: string) =>
  path.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())

const articleOf = (word: string) => (/^([aeio]|u(?!ni|s[ae]|ti))/.test(word) ? 'an' : 'a')

/**
 * The singular by one rule: -ies becomes -y; -sses, -shes, -ches, -xes and -zzes lose -es; any other word
 * loses its -s. What ends in no -s, or in -ss, -is or -us, has to be told its singular.
 */
function singularOf(plural: string): string {
  if (!plural.endsWith('s') || /(ss|is|us)$/.test(plural)) {
    throw new SetupError(
      `${plural} does not read as a plural: a word in -s, not in -ss, -is or -us.`,
      `Give its plural, or say the singular: pnpm new:router ${plural} --singular NAME`,
    )
  }
  if (plural.endsWith('ies')) return plural.replace(/ies$/, 'y')
  if (/(ss|sh|ch|x|zz)es$/.test(plural)) return plural.slice(0, -2)
  return plural.slice(0, -1)
}
