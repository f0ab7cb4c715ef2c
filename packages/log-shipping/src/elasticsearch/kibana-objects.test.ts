import { expect, test } from 'vitest'
import { readElasticFile, typeOfField } from '../../test/find-mapping-problems.ts'

interface SavedObject {
  readonly type: string
  readonly id: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly references: readonly {
    readonly name: string
    readonly type: string
    readonly id: string
  }[]
}

const objects = readElasticFile('kibana.ndjson')
  .trimEnd()
  .split('\n')
  .map((line): SavedObject => JSON.parse(line))

/** What Kibana keeps as text inside an object. */
const inner = (text: unknown) => JSON.parse(String(text))

const sourceOf = ({ attributes }: SavedObject) => {
  const meta = attributes['kibanaSavedObjectMeta'] as { searchSourceJSON: string } | undefined
  return meta ? inner(meta.searchSourceJSON) : null
}

const fieldsOfQuery = (query: string) => [...query.matchAll(/([\w@.]+) :/g)].map(([, name]) => name)

interface Aggregation {
  readonly type: string
  readonly params: { readonly field?: string }
}

const aggregationsOf = ({ attributes }: SavedObject): readonly Aggregation[] =>
  attributes['visState'] === undefined ? [] : inner(attributes['visState']).aggs

/** Every name of a field in an object. */
function fieldsOf(object: SavedObject): readonly (string | undefined)[] {
  const {
    columns = [],
    sort = [],
    timeFieldName = [],
  } = object.attributes as {
    columns?: string[]
    sort?: [string][]
    timeFieldName?: string
  }
  const ofQuery = fieldsOfQuery(sourceOf(object)?.query.query ?? '')
  const ofAggregations = aggregationsOf(object).flatMap(({ params }) => params.field ?? [])
  return [
    ...columns,
    ...sort.map(([name]) => name),
    timeFieldName,
    ...ofQuery,
    ...ofAggregations,
  ].flat()
}

const typesOfAggregations: Readonly<Record<string, readonly string[]>> = {
  date_histogram: ['date'],
  terms: ['keyword', 'wildcard', 'ip', 'long'],
  percentiles: ['long'],
}

test('there are a data view, a search of security events and a dashboard', () => {
  expect(objects.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['index-pattern', 'search', 'dashboard']),
  )
  const [view] = objects
  expect(view?.attributes).toMatchObject({ title: 'logs-rampart-*', timeFieldName: '@timestamp' })
  expect(objects.flatMap(fieldsOf).length).toBeGreaterThan(20)
})

test.each(objects.map((object) => [object.id, object] as const))(
  '%s names fields that the template has',
  (_, object) => {
    const unknown = fieldsOf(object).filter((name) => typeOfField(name ?? '') === undefined)
    expect(unknown).toEqual([])
    for (const { type, params } of aggregationsOf(object)) {
      if (params.field === undefined) continue
      expect(typesOfAggregations[type]).toContain(typeOfField(params.field))
    }
  },
)

test.each(objects.map((object) => [object.id, object] as const))(
  '%s refers to what is there',
  (_, object) => {
    const known = new Set(objects.map(({ type, id }) => `${type}:${id}`))
    expect(object.references.filter(({ type, id }) => !known.has(`${type}:${id}`))).toEqual([])
    const names = object.references.map(({ name }) => name)
    const { panelsJSON = '[]' } = object.attributes
    const panels: readonly { panelIndex: string; panelRefName: string }[] = inner(panelsJSON)
    const wanted = panels.map(({ panelIndex, panelRefName }) => `${panelIndex}:${panelRefName}`)
    const index: unknown = sourceOf(object)?.indexRefName
    expect(names).toEqual(typeof index === 'string' ? [index] : wanted)
  },
)
