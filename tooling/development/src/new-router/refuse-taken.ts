import { SetupError } from '../setup-error.ts'
import type { Names } from './names.ts'

interface Taken {
  readonly schema: string
  readonly permissions: string
}

/** Throws SetupError where a model, an enum, a table, a field of Membership or a resource has the name. */
export function refuseTaken({ model, table, singular, plural }: Names, texts: Taken): void {
  const { schema, permissions } = texts
  const membership = /^model Membership \{$(.*?)^\}$/ms.exec(schema)?.[1] ?? ''
  const uses: readonly (readonly [what: string, text: string, form: RegExp])[] = [
    [`a model or an enum ${model}`, schema, new RegExp(`^(model|enum|type) ${model} `, 'm')],
    [`a table ${table}`, schema, new RegExp(`@@map\\("${table}"\\)`)],
    [`a field ${plural} of Membership`, membership, new RegExp(`^ +${plural} `, 'm')],
    [`a resource ${singular}`, permissions, new RegExp(`^ +${singular}: \\[`, 'm')],
  ]
  const taken = uses.find(([, text, form]) => form.test(text))
  if (taken) throw new SetupError(`There is ${taken[0]} already.`, 'Take another name.')
}
