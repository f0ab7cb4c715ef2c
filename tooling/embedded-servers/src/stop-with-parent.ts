import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'

// `read` returns when the parent's end of the pipe closes, however the parent ended.
const guardScript = `read _
kill -INT "$1"
[ -n "$2" ] || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.3; done
rm -rf "$2"`

/**
 * Stops a child when this process ends, even by SIGKILL, and then deletes `directory` when one is
 * given; neither the child nor the guard keeps this process alive.
 */
export function stopWithParent(child: ChildProcess, directory = ''): void {
  if (child.pid === undefined) return
  const guard = spawn('/bin/sh', ['-c', guardScript, 'sh', `${child.pid}`, directory], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  guard.unref()
  if (guard.stdin instanceof Socket) guard.stdin.unref()
  // Once the child is gone its process id may come to name another program.
  child.once('exit', () => guard.kill('SIGKILL'))
}
