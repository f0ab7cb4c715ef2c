import { readFile } from 'node:fs/promises'

/** A program of docs/oauth.md, as it stands there; throws when it has none of this name. */
export async function readGuide(name: string): Promise<string> {
  const guide = await readFile(new URL('../../../../docs/oauth.md', import.meta.url), 'utf8')
  const start = `\`\`\`js ${name}\n`
  const at = guide.indexOf(start)
  if (at < 0) throw new Error(`docs/oauth.md has no program ${name}.`)
  return guide.slice(at + start.length, guide.indexOf('\n```', at))
}
