import type { Names } from './names.ts'

/** How text of one product reads as another's: the same for contents and for paths. */
export function createRenaming(from: Names, to: Names): (text: string) => string {
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)
  const escaped = (word: string) => word.replaceAll(/[.\\-]/g, '\\$&')
  const steps: readonly (readonly [RegExp, string])[] = [
    [new RegExp(`@${escaped(from.scope)}/`, 'g'), `@${to.scope}/`],
    // An identifier, such as RampartKeyOverdue or Rampart-Webhooks, is no prose.
    [new RegExp(`${capital(from.slug)}(?=-?[A-Z])`, 'g'), capital(to.slug)],
    [new RegExp(escaped(from.title), 'g'), to.title],
    [new RegExp(from.slug.toUpperCase(), 'g'), to.slug.toUpperCase()],
    [new RegExp(from.slug, 'g'), to.slug],
  ]
  return (text) => steps.reduce((changed, [found, put]) => changed.replaceAll(found, put), text)
}
