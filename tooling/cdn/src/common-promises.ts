import { all, each, has, type Promised } from './promise.ts'
import { valuesAt } from './values-at.ts'

const isSentence = (value: unknown) => typeof value === 'string' && /^[A-Z].+\.$/.test(value)
const isText = (value: unknown) => typeof value === 'string'
const hasOne = (variable: unknown, name: string) => valuesAt(variable, name).length === 1

/** What holds for every provider. */
export const commonPromises: readonly Promised[] = [
  [
    'versions of providers are exact',
    all(
      each('terraform.*.required_providers.*.*.version', isExactVersion),
      each('terraform.*.required_version', isText),
    ),
  ],
  [
    'every variable is typed, described and checked',
    each(
      'variable.*.*',
      (variable) =>
        hasOne(variable, 'type') &&
        each('description', isSentence)(variable) &&
        each('validation.*.error_message', isSentence)(variable),
    ),
  ],
  ['every output is described', each('output.*.*', each('description', isSentence))],
  [
    'what is secret is marked so, and has no default',
    all(has('variable.origin_secret.*.sensitive', true), has('variable.origin_secret.*.default')),
  ],
  ['no output tells a secret', each('output.*.*.value', (value) => !/secret|key/.test(`${value}`))],
  ['nobody is everybody', (terraform) => !/0\.0\.0\.0\/0|::\/0/.test(JSON.stringify(terraform))],
]

function isExactVersion(value: unknown): boolean {
  return typeof value === 'string' && /^\d+\.\d+\.\d+$/.test(value)
}
