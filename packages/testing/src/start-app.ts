import { fileURLToPath } from 'node:url'
import { type NodeProcess, startNode } from './start-node.ts'

export interface AppProcess extends NodeProcess {
  /** Resolves when it does its work; throws with its output when it ends before, or after a minute. */
  untilReady(): Promise<void>
}

/** `node apps/…/src/main.ts` as a process of its own, with this environment and no other. */
export function startApp(
  app: 'api' | 'worker',
  environment: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = [],
): AppProcess {
  const main = fileURLToPath(new URL(`../../../apps/${app}/src/main.ts`, import.meta.url))
  const started = startNode([...nodeOptions, main], environment)
  return { ...started, untilReady: () => started.untilPrinted('"msg":"ready"') }
}
