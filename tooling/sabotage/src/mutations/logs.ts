import type { Mutation } from '../mutation.ts'

const edge = 'apps/api/src/edge'
const procedures = 'apps/api/src/procedures'
const logging = 'packages/logging/src'
const security = 'apps/api/test/security'
const requestLines = `${security}/request-lines.test.ts`

/** What the log says, and what it must never say. */
export const logMutations: readonly Mutation[] = [
  {
    name: 'log: a request that is left has two lines',
    file: `${edge}/request-ends.ts`,
    find: 'if (told.has(request)) return',
    replace: 'if (reply && told.has(request)) return',
    tests: [requestLines, `${security}/request-log.test.ts`],
  },
  {
    name: 'log: what is written in pieces has no size',
    file: `${edge}/counted-messages.ts`,
    find: 'this.#written += sizeOf(args[0], args[1])\n    // What came',
    replace: '// What came',
    tests: [requestLines],
  },
  {
    name: 'log: anybody names the trace of their request',
    file: 'apps/api/src/edge/trace-requests.ts',
    find: "!isTrusted(socket.remoteAddress ?? '')",
    replace: 'isTrusted === undefined',
    tests: [requestLines],
  },
  {
    name: 'log: what was no request leaves no line',
    file: `${edge}/listeners.ts`,
    find: 'logBrokenRequest(broken, address, services.logger)',
    replace: '',
    tests: [requestLines],
  },
  {
    name: 'log: an expectation that nobody meets is met',
    file: `${edge}/expectations.ts`,
    find: "if (expect !== undefined && expect.toLowerCase() !== '100-continue')",
    replace: "if (expect === '')",
    tests: [requestLines],
  },
  {
    name: 'log: refusals are no events',
    file: `${procedures}/log-outcome.ts`,
    find: 'if (name === null) return',
    replace: 'if (name === null || code !== null) return',
    tests: [`${security}/security-events.test.ts`],
  },
  {
    name: 'log: half a log-in is told as one',
    file: 'apps/api/src/security-events/security-event-of.ts',
    find: 'owesCode ? undefined : find',
    replace: 'owesCode ? find(eventsOfSuccesses, action) : find',
    tests: [`${security}/security-events.test.ts`],
  },
  {
    name: 'log: what schemas call sensitive is logged',
    file: 'apps/api/src/server.ts',
    find: 'services.logger.hide(sensitiveNames(each))',
    replace: 'void sensitiveNames(each)',
    tests: [`${security}/sensitive-fields.test.ts`],
  },
  {
    name: 'log: marks are forgotten',
    file: 'packages/validation/src/sensitive.ts',
    find: 'marks.add(marked, { sensitive: true })',
    replace: '',
    tests: ['packages/validation/src/sensitive.test.ts'],
  },
  {
    name: 'log: a secret of an input stands in a URL',
    file: `${procedures}/check-router.ts`,
    find: '.filter((field) => field.isSensitive && (isAllInUrl',
    replace: ".filter((field) => field.name === '' && (isAllInUrl",
    tests: [`${security}/router-check.test.ts`],
  },
  {
    name: 'log: whatever a refused call names is its target',
    file: `${procedures}/record-outcome.ts`,
    find: '.filter(([name, id]) => formOf(name).test(String(id)))',
    replace: ".filter(([name]) => formOf(name).source !== '')",
    tests: [`${security}/log-canaries.test.ts`],
  },
  {
    name: 'log: control characters stay',
    file: `${logging}/clean-text.ts`,
    find: "bounded.replace(controls, '\\ufffd')",
    replace: 'bounded',
    tests: [`${logging}/logger.test.ts`],
  },
  {
    name: 'log: names of fields are not cleaned',
    file: `${logging}/clean-fields.ts`,
    find: 'cleanName(name),',
    replace: 'name,',
    tests: [`${logging}/logger.test.ts`],
  },
]
