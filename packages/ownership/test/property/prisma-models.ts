import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface Field {
  readonly name: string
  readonly type: string
  readonly isList: boolean
  readonly isRequired: boolean
  readonly hasDefault: boolean
  readonly isRelation: boolean
  readonly isUuid: boolean
}

export interface Model {
  readonly fields: readonly Field[]
  /** The fields of its primary key; two are one compound key. */
  readonly key: readonly string[]
}

const database = dirname(createRequire(import.meta.url).resolve('@repo/database'))
const schema = readFileSync(join(database, '../prisma/schema.prisma'), 'utf8')

const blocks = (kind: string) =>
  [...schema.matchAll(new RegExp(`^${kind} (\\w+) \\{\n(.*?)^\\}`, 'gms'))].map(
    ([, name = '', body = '']) => [name, body] as const,
  )

/** The values of every enum of the schema. */
export const prismaEnums: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  blocks('enum').map(([name, body]) => [name, body.match(/\w+/g) ?? []]),
)

const names = new Set(blocks('model').map(([name]) => name))

/** What the schema says of every model, as far as arguments are made from it. */
export const prismaModels: Readonly<Record<string, Model>> = Object.fromEntries(
  blocks('model').map(([name, body]) => [name, { fields: readFields(body), key: readKey(body) }]),
)

function readFields(body: string): readonly Field[] {
  const line = /^ {2}(?<name>\w+) +(?<type>\w+)(?<list>\[\])?(?<optional>\?)?(?<rest>.*)$/gm
  return [...body.matchAll(line)].map(({ groups = {} }) => ({
    name: groups['name'] ?? '',
    type: groups['type'] ?? '',
    isList: groups['list'] !== undefined,
    isRequired: groups['optional'] === undefined,
    hasDefault: /@default|@updatedAt/.test(groups['rest'] ?? ''),
    isRelation: names.has(groups['type'] ?? ''),
    isUuid: groups['rest']?.includes('@db.Uuid') ?? false,
  }))
}

function readKey(body: string): readonly string[] {
  const compound = /@@id\(\[([^\]]+)\]\)/.exec(body)?.[1]
  if (compound) return compound.split(/, */)
  return [/^ {2}(\w+) .*@id\b/m.exec(body)?.[1] ?? 'id']
}
