import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from '@cdktn/hcl2json'

const root = join(import.meta.dirname, '../../../deploy/cdn')

/** The `.tf` files of a provider's folder as one text. */
export async function readTerraform(provider: string): Promise<string> {
  const names = (await readdir(join(root, provider))).filter((name) => name.endsWith('.tf')).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(root, provider, name), 'utf8')))
  return texts.join('\n')
}

/** Terraform's HCL as JSON: blocks by type and labels, repeated ones in lists. Throws for what is no HCL. */
export const parseTerraform = (text: string): Promise<unknown> => parse('all.tf', text)
