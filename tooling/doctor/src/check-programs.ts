import { listPrograms } from '@repo/testing-lanes'
import { type Finding, note, type Variables, well } from './finding.ts'

/** What some tests need; without it they are left out, aloud. */
export const checkPrograms = (variables: Variables): readonly Finding[] =>
  listPrograms(variables).map(({ name, path, leftOut }) =>
    path ? well(`${name.toLowerCase()}: ${path}`) : note(leftOut, `Install it, or set ${name}.`),
  )
