import { callRest, callTrpc } from './call.ts'
import { type Occasion, preparations } from './prepared-samples.ts'
import type { Declared } from './procedures.ts'
import { samples } from './samples.ts'

export type Input = Readonly<Record<string, unknown>>

/** Both ways to a procedure; a walking test takes each. */
export const transports = [
  ['REST', callRest],
  ['tRPC', callTrpc],
] as const

export type Call = (typeof transports)[number][1]

/** The sample of a procedure, with what it needs made; throws, naming it, for one without. */
export async function sampleOf({ path }: Declared, occasion: Occasion): Promise<Input | undefined> {
  const sample = samples[path]
  if (!sample) throw new Error(`${path} has no sample: add one to test/support/samples.ts.`)
  const input = sample(occasion.subject)
  const prepared = await preparations[path]?.(occasion)
  return input && { ...input, ...prepared }
}

/** What somebody has to be on the platform for a procedure to let them in. */
export const standingFor = ({ access }: Declared): { readonly platformRole?: string } =>
  access.door === 'admin' ? { platformRole: 'admin' } : {}

/** The status of a success: what the route declares in REST, 200 in tRPC. */
export function successOf({ rest }: Declared, call: Call): number {
  return call === callRest && rest ? rest.rest.status : 200
}

/** The fields of an input that name an object, such as `orderId`. */
export const idFieldsOf = (input: Input | undefined): readonly string[] =>
  Object.keys(input ?? {}).filter((name) => name.endsWith('Id'))

export const named = (procedures: readonly Declared[]) =>
  procedures.map((procedure) => [procedure.path, procedure] as const)
