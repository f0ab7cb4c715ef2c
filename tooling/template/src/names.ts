import manifest from '../package.json' with { type: 'json' }

/** How a product is called: by its packages, by its code, roles and metrics, and by people. */
export interface Names {
  /** `@scope/…`, without the sign. */
  readonly scope: string
  /** One word of lower case, as `SLUG_app` and `urn:SLUG:` have it. */
  readonly slug: string
  readonly title: string
}

const [scope = ''] = manifest.name.slice(1).split('/')

/** What this tree is called, which a renaming changes too. */
export const current: Names = { scope, slug: 'rampart', title: 'Rampart' }

/** Words that name something else already: roles of Postgres' own, services, schemas. */
const taken: ReadonlySet<string> = new Set([
  ...[
    'pg',
    'postgres',
    'public',
    'audit',
    'platform',
    'identity',
    'jobs',
    'api',
    'worker',
    'redis',
  ],
])

/** What is wrong with names that somebody chose; sentences, none where they are fit. */
export function findNameProblems({ scope, slug, title }: Names): readonly string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [/^[a-z][a-z0-9-]{0,38}$/.test(scope), '--scope is lower case: letters, digits and hyphens.'],
    [
      /^[a-z][a-z0-9]{1,15}$/.test(slug) && !taken.has(slug),
      `--slug is one word of 2 to 16 lower-case letters and digits, and none of ${[...taken].join(', ')}.`,
    ],
    // It stands in strings of both kinds of quotes, in YAML and in HTML.
    [
      /^[A-Z][A-Za-z0-9 .-]{0,38}[A-Za-z0-9]$/.test(title),
      '--title begins with a capital, and has letters, digits, spaces, dots and hyphens.',
    ],
  ]
  return rules.filter(([isFit]) => !isFit).map(([, sentence]) => sentence)
}
