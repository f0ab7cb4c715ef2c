import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setup } from './global-setup.ts'
import { findProgram } from './programs.ts'

/** `node run-script.ts script.ts …`: runs a script on the servers a test run has, and ends as it ends. */
async function runScript(args: readonly string[]): Promise<number> {
  const stop = await setup()
  // The script hears a Ctrl-C itself; the servers have to outlive it.
  process.on('SIGINT', () => {})
  try {
    const redis = findProgram('REDIS_SERVER', process.env) ?? ''
    const env = { ...process.env, NODE_ENV: 'test', REDIS_SERVER: redis }
    const child = spawn(process.execPath, args, { env, stdio: 'inherit' })
    const [code] = await once(child, 'exit')
    return typeof code === 'number' ? code : 1
  } finally {
    await stop()
  }
}

process.exitCode = await runScript(process.argv.slice(2))
