import { readFile, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { type Finding, note, problem, well } from './finding.ts'

const leastNode = 24
const leastDiskBytes = 2 * 1024 ** 3

/** Node, what is installed, and the room that is left. */
export async function checkInstallation(root: string): Promise<readonly Finding[]> {
  return Promise.all([checkNode(), checkPackages(root), checkDisk(root)])
}

function checkNode(): Finding {
  const { node } = process.versions
  if (Number.parseInt(node, 10) >= leastNode) return well(`Node ${node}`)
  return problem(
    `This is Node ${node}; types are stripped from ${leastNode} on.`,
    'Start commands by npx pnpm@12, which brings its own.',
  )
}

/** pnpm keeps the lockfile that it has installed by. */
async function checkPackages(root: string): Promise<Finding> {
  const read = (path: string) => readFile(join(root, path), 'utf8').catch(() => null)
  const [wanted, installed] = await Promise.all([
    read('pnpm-lock.yaml'),
    read('node_modules/.pnpm/lock.yaml'),
  ])
  if (wanted !== null && wanted === installed)
    return well('What is installed is what the lockfile says')
  const what =
    installed === null
      ? 'Nothing is installed.'
      : 'The lockfile has changed since the last installation.'
  return problem(what, 'npx pnpm@12 install')
}

async function checkDisk(root: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(root)
  const left = bavail * bsize
  const gigabytes = `${(left / 1024 ** 3).toFixed(1)} GiB of disk are left`
  return left >= leastDiskBytes
    ? well(gigabytes)
    : note(gigabytes, 'Tests copy databases: 2 GiB are little.')
}
