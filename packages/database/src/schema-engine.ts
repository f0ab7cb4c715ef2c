/// <reference lib="dom" />
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import type { SchemaEngine } from '@prisma/schema-engine-wasm'

interface EngineModule {
  readonly SchemaEngine: {
    new: (options: object, log: (message: string) => void, adapter: object) => Promise<SchemaEngine>
  }
  readonly __wbg_set_wasm: (exports: WebAssembly.Exports) => void
}

const require = createRequire(import.meta.url)
const engineFolder = dirname(require.resolve('@prisma/schema-engine-wasm'))
let panic = ''

// The package is made for bundlers, so its module is instantiated by hand (docs/seams.md).
async function loadEngineModule(): Promise<EngineModule> {
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message(message: string) {
        panic = message
      },
    },
  })
  // Parse boundary: the package types its bundler entry, not this one.
  const engine = (await import(join(engineFolder, 'schema_engine_bg.js'))) as EngineModule
  const bytes = await readFile(join(engineFolder, 'schema_engine_bg.wasm'))
  const imports = { './schema_engine_bg.js': withLooseTimers(engine) }
  const { instance } = await WebAssembly.instantiate(bytes, imports)
  engine.__wbg_set_wasm(instance.exports)
  const start = instance.exports['__wbindgen_start']
  if (typeof start === 'function') start()
  return engine
}

/**
 * What the engine imports, its timers without a hold on the process: its ten seconds of patience with a lock go on
 * after it has the lock.
 */
function withLooseTimers(engine: object): WebAssembly.ModuleImports {
  const loosen = ([name, imported]: [string, unknown]) => {
    if (typeof imported !== 'function' || !name.startsWith('__wbg_setTimeout')) {
      return [name, imported]
    }
    return [name, (...values: unknown[]) => imported(...values).unref()]
  }
  // Parse boundary: the package does not type what it imports.
  return Object.fromEntries(Object.entries(engine).map(loosen)) as WebAssembly.ModuleImports
}

let loading: Promise<EngineModule> | undefined

/**
 * Runs `task` with Prisma's own schema engine, as WebAssembly from npm: nothing is downloaded.
 * Throws the engine's message when it refuses.
 */
export async function withSchemaEngine<T>(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  task: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  loading ??= loadEngineModule()
  const { SchemaEngine } = await loading
  const bound = bindMigrationAwareSqlAdapterFactory(adapter)
  const engine = await SchemaEngine.new({}, () => {}, bound)
  try {
    return await task(engine)
  } catch (error) {
    throw error instanceof WebAssembly.RuntimeError ? new Error(panic, { cause: error }) : error
  } finally {
    engine.free()
  }
}
