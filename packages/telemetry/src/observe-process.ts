import type { Meter } from './meter.ts'
import { observeLog } from './observe-log.ts'
import { observePools } from './observe-pools.ts'
import { observeSecrets } from './observe-secrets.ts'
import { observeTracing } from './observe-tracing.ts'

/** What every process has. */
export interface ObservedProcess {
  readonly logger: Parameters<typeof observeLog>[1]
  readonly pools: Parameters<typeof observePools>[1]
  readonly secrets: Parameters<typeof observeSecrets>[1]
  readonly tracing: Parameters<typeof observeTracing>[1]
}

/** What a process counts of itself, whatever it does. */
export function observeProcess(meter: Meter, process: ObservedProcess): void {
  observeLog(meter, process.logger)
  observePools(meter, process.pools)
  observeTracing(meter, process.tracing)
  observeSecrets(meter, process.secrets)
}
