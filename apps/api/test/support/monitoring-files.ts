import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const docker = fileURLToPath(new URL('../../../../docker/', import.meta.url))

const filesIn = (folder: string, ending: string) =>
  readdirSync(docker + folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => `${docker}${folder}/${name}`)

export const ruleFiles = filesIn('prometheus/rules', '.rules.yaml')
export const ruleTests = filesIn('prometheus/rules', '.test.yaml')
export const prometheusConfig = `${docker}prometheus/prometheus.yaml`

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: { readonly type: string; readonly uid: string }
  readonly targets?: readonly {
    readonly expr: string
    readonly datasource: { readonly uid: string }
  }[]
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string }[]
  }
}

export const dashboards = filesIn('grafana/dashboards', '.json').map(
  (path): Dashboard => JSON.parse(readFileSync(path, 'utf8')),
)

export interface Rules {
  readonly alerts: readonly string[]
  /** What recording rules make. */
  readonly records: readonly string[]
  readonly queries: readonly string[]
}

export const rules: Rules = (() => {
  const text = ruleFiles.map((path) => readFileSync(path, 'utf8')).join('\n')
  const all = (form: RegExp) => [...text.matchAll(form)].map(([, found = '']) => found)
  const inLine = all(/^ +expr: ([^|\n].*)$/gm)
  const inBlocks = all(/^ {8}expr: \|\n((?: {10}.*\n)+)/gm)
  return {
    alerts: all(/- alert: (\w+)$/gm),
    records: all(/- record: (\S+)$/gm),
    queries: [...inLine, ...inBlocks],
  }
})()

const words = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'bool', 'offset'])

/** The metrics that a query of PromQL names. */
export function metricsIn(query: string): readonly string[] {
  const bare = query
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ')
  const found = [...bare.matchAll(/(?<![\w:.$])([a-zA-Z_][\w:]*)(?!\s*\(|[\w:])/g)]
  return found.map(([name]) => name).filter((name) => !words.has(name))
}
