import type { WorkspaceCopy } from '@repo/testing'
import { type Mutation, mutate } from './mutation.ts'
import { runTests } from './run-tests.ts'
import { readVerdict, type Verdict } from './verdict.ts'

/** Applies a mutation to a copy of the workspace, runs its tests there, and takes it back. */
export async function runMutation(copy: WorkspaceCopy, mutation: Mutation): Promise<Verdict> {
  const { file, refusal } = mutation
  const text = await copy.read(file)
  await copy.write(file, mutate(text, mutation))
  try {
    return readVerdict(await runTests(copy, mutation, ['--bail', '1']), refusal)
  } finally {
    await copy.write(file, text)
  }
}
