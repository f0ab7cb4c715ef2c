import type { Mutation } from '../mutation.ts'

const validation = 'packages/validation/src'
const security = 'apps/api/test/security'

/** What is taken for an input, and what is published of it. */
export const inputMutations: readonly Mutation[] = [
  {
    name: 'a web address may have any scheme',
    file: `${validation}/web-url.ts`,
    find: 'const secure = /^https:',
    replace: 'const secure = /^[a-z]+:',
    tests: [`${validation}/web-url.test.ts`],
  },
  {
    name: 'a web address may name a user',
    file: `${validation}/web-url.ts`,
    find: 'const secure = /^https:\\/\\/[^\\s\\\\@/?#]+',
    replace: 'const secure = /^https:\\/\\/[^\\s\\\\/?#]+',
    tests: [`${validation}/web-url.test.ts`],
  },
  {
    name: 'a web address is kept as it came',
    file: `${validation}/web-url.ts`,
    find: '.overwrite((text) => hrefOf(text) ?? text)',
    replace: '.overwrite((text) => text)',
    tests: [`${validation}/web-url.test.ts`],
  },
  {
    name: 'rich text is not encoded',
    file: `${validation}/escape-html.ts`,
    find: "(sign) => entities[sign] ?? ''",
    replace: '(sign) => entities[sign]?.slice(0, 0) + sign',
    tests: [`${validation}/rich-text.test.ts`],
  },
  {
    name: 'a stored link is written out unseen',
    file: `${validation}/rich-text-to-html.ts`,
    find: 'if (!link.success) return marked',
    replace: 'if (!link.success && piece.link === undefined) return marked',
    tests: [`${validation}/rich-text.test.ts`],
  },
  {
    name: 'an end may be before its beginning',
    file: `${validation}/date-range.ts`,
    find: 'spanOf(value) >= 0',
    replace: 'spanOf(value) >= -Infinity',
    tests: [`${validation}/date-range.test.ts`],
  },
  {
    name: 'any year is one',
    file: `${validation}/date-range.ts`,
    find: 'const year = /^(?:19|20|21)\\d\\d-/',
    replace: 'const year = /^\\d{4}-/',
    tests: [`${validation}/spellings.test.ts`],
  },
  {
    name: 'a name is bounded once it is composed, not as it came',
    file: `${validation}/length-between.ts`,
    find: '    check(payload)\n    if (issues.length === before)',
    replace: '    if (issues.length === before)',
    tests: [`${validation}/truthful-schemas.test.ts`],
  },
  {
    name: 'JSON may name a field twice',
    file: `${validation}/has-repeated-names.ts`,
    find: 'return countNamesIn(text) > countNames(value)',
    replace: 'return countNamesIn(text) < countNames(value)',
    tests: [`${validation}/has-repeated-names.test.ts`, `${security}/error-replies.test.ts`],
  },
  {
    name: 'a tRPC query may name something twice',
    file: 'apps/api/src/edge/trpc.ts',
    find: '      refuseRepeatedQuery(request.url)\n',
    replace: '',
    tests: [`${security}/error-replies.test.ts`],
  },
]
