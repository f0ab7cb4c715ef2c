import type { Names } from './names.ts'
import { printOwnership } from './templates/ownership.ts'
import { append, editBlock, missing } from './text-block.ts'

/** owned-models.ts with whose the new model is, above the closed ones, and Membership's side of it. */
export function editOwnership(text: string, names: Names): string {
  const relation = `      ${names.plural}: { model: '${names.model}', list: true },`
  const relations = [
    { opens: '  Membership: {', closes: '  },' },
    { opens: '    relations: {', closes: '    },' },
  ]
  const models = { opens: 'export const ownedModels = {', closes: '} as const satisfies' }
  return editBlock(editBlock(text, relations, append(relation)), [models], (lines) => {
    const closed = lines.findIndex((line, index) => isClosed(`${line}${lines[index + 1]}`))
    if (closed < 0) throw missing('a closed model')
    return lines.toSpliced(closed, 0, ...printOwnership(names))
  })
}

const isClosed = (lines: string) => /^ {2}\w+: \{ +closed:/.test(lines)
