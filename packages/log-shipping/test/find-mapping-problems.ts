import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'

interface Mapping {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Mapping>>
}

const folder = new URL('../../../docker/elastic/', import.meta.url)

export const readElasticFile = (name: string) => readFileSync(new URL(name, folder), 'utf8')

export const indexTemplate: {
  readonly index_patterns: readonly string[]
  readonly data_stream: object
  readonly template: {
    readonly mappings: Mapping & {
      readonly dynamic: unknown
      readonly dynamic_templates: readonly Readonly<
        Record<string, { readonly path_match: string; readonly mapping: Mapping }>
      >[]
    }
  }
} = JSON.parse(readElasticFile('index-template.json'))

/** The type that the template gives a field by its dotted name; undefined where it gives none. */
export function typeOfField(name: string): string | undefined {
  const { mappings } = indexTemplate.template
  const stated = name
    .split('.')
    .reduce<Mapping | undefined>((mapping, part) => mapping?.properties?.[part], mappings)
  if (stated) return stated.type
  const dynamic = mappings.dynamic_templates.flatMap((one) => Object.values(one))
  return dynamic.find(({ path_match: match }) =>
    new RegExp(`^${match.replace('*', '[^.]+')}$`).test(name),
  )?.mapping.type
}

const takes: Readonly<Record<string, (value: unknown) => boolean>> = {
  date: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value),
  keyword: (value) => typeof value === 'string',
  wildcard: (value) => typeof value === 'string',
  match_only_text: (value) => typeof value === 'string',
  ip: (value) => typeof value === 'string' && isIP(value) !== 0,
  long: (value) => Number.isSafeInteger(value),
}

/** What Elasticsearch would not index, or would index as something else, by our template. */
export const findMappingProblems = (
  document: Readonly<Record<string, unknown>>,
): readonly string[] =>
  Object.entries(document).flatMap(([name, value]) => {
    const type = typeOfField(name)
    if (type === undefined) return [`${name} is not in the template`]
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    return values.every((one) => takes[type]?.(one)) ? [] : [`${name} is no ${type}`]
  })
