import type { Names } from './names.ts'
import { printModel } from './templates/model.ts'
import { editBlock, missing } from './text-block.ts'

const listField = /^( +\w+ +)\w+\[\]/

/** The Prisma schema with the model at its end, and the other side of its relation in Membership. */
export function editSchema(schema: string, names: Names): string {
  const membership = { opens: 'model Membership {', closes: '}' }
  const edited = editBlock(schema, [membership], (lines) => {
    const last = lines.findLastIndex((line) => listField.test(line))
    const columns = listField.exec(lines[last] ?? '')?.[1]
    if (columns === undefined) throw missing('a list in model Membership')
    const field = `  ${names.plural} `.padEnd(columns.length)
    return lines.toSpliced(last + 1, 0, `${field}${names.model}[]`)
  })
  return `${edited.trimEnd()}\n\n${printModel(names)}`
}
