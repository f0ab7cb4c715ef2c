import type { Names } from './names.ts'
import { append, type Block, editBlock, insertSorted } from './text-block.ts'

const subject: Block = { opens: 'export interface Subject {', closes: '}' }
const anySubject: Block = { opens: 'export const anySubject: Subject = {', closes: '}' }
const created: readonly Block[] = [
  {
    opens: 'export async function createSubject(world: World, person: Person): Promise<Subject> {',
    closes: '}',
  },
  { opens: '  return {', closes: '  }' },
]
const samples: Block = { opens: '> = {', closes: '}' }

/** samples.ts with a row of every call's subject, and a valid input of each procedure. */
export function editSamples(text: string, { id, plural, table }: Names): string {
  const row = `await world.createRow('${table}', person, { name: 'A sample' })`
  const withSubject = [
    [[subject], `  readonly ${id}: number`] as const,
    [[anySubject], `  ${id}: 1,`] as const,
    [created, `    ${id}: Number(${row}),`] as const,
  ].reduce((edited, [blocks, line]) => editBlock(edited, blocks, append(line)), text)
  const lines = [
    `  '${plural}.list': () => ({}),`,
    `  '${plural}.get': ({ ${id} }) => ({ ${id} }),`,
    `  '${plural}.create': () => ({ name: 'A sample' }),`,
    `  '${plural}.update': ({ ${id} }) => ({ ${id}, name: 'New name' }),`,
    `  '${plural}.delete': ({ ${id} }) => ({ ${id} }),`,
  ]
  return editBlock(withSubject, [samples], insertSorted(/^ {2}'([\w.]+)':/, `${plural}.`, lines))
}
