import type { Names } from './names.ts'
import { editBlock, insertSorted } from './text-block.ts'

/** event-types.ts with what happens to the new resource. */
export function editEventTypes(text: string, { singular }: Names): string {
  const lines = ['created', 'deleted', 'updated'].map((verb) => `  '${singular}.${verb}',`)
  const types = { opens: 'export const eventTypes = [', closes: '] as const' }
  return editBlock(text, [types], insertSorted(/^ {2}'(\w+)\./, singular, lines))
}

/** The line of the migration that tells it, with what the router's output shows. */
export const printPublication = ({ table, singular }: Names) =>
  `\nSELECT webhooks.publish('${table}', '${singular}', '{id,user_id,name,created_at,updated_at}');\n`
