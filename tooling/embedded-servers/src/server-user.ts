import { execFileSync } from 'node:child_process'
import { chown, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

interface ServerUser {
  readonly uid: number
  readonly gid: number
}

export interface ServerCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly user: Partial<ServerUser>
}

const mayPassAsOther = 0o001

// Postgres refuses to run as root; `nobody` is on every system, so that no user has to be added.
function findServerUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null
  const readId = (flag: string) =>
    Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: readId('-u'), gid: readId('-g') }
}

/** As root, gives a file or directory to the user that the server runs as. */
export async function giveToServerUser(path: string): Promise<void> {
  const user = findServerUser()
  if (user) await chown(path, user.uid, user.gid)
}

/** How to run a program that must reach `directory`; never as root. */
export async function asServerUser(
  program: string,
  args: readonly string[],
  directory: string,
): Promise<ServerCommand> {
  const user = findServerUser()
  if (!user) return { command: program, args, user: {} }
  const isReached = (await isOpenToOthers(program)) && (await isOpenToOthers(directory))
  if (isReached) return { command: program, args, user }
  return { command: 'setpriv', args: [...passingClosedFolders(user), program, ...args], user: {} }
}

async function isOpenToOthers(path: string): Promise<boolean> {
  const parent = dirname(path)
  if (parent === path) return true
  const { mode } = await stat(parent)
  return (mode & mayPassAsOther) !== 0 && isOpenToOthers(parent)
}

// Under a folder that only root may enter (/root) the server keeps the one capability to pass it;
// access(2) would drop it again without no_setuid_fixup.
function passingClosedFolders({ uid, gid }: ServerUser): string[] {
  return [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--securebits=+no_setuid_fixup',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ]
}
