import type { Names } from './names.ts'
import { editBlock, insertSorted } from './text-block.ts'

/** app-router.ts with the new router imported and mounted. */
export function editAppRouter(text: string, { path, plural }: Names): string {
  const line = `import { ${plural} } from './${path}.ts'`
  const imported = editBlock(text, [], insertSorted(/^import .* '\.\/([\w-]+)\.ts'$/, path, [line]))
  const mounts = { opens: 'export const appRouter = router({', closes: '})' }
  return editBlock(imported, [mounts], insertSorted(/^ {2}(\w+),$/, plural, [`  ${plural},`]))
}
