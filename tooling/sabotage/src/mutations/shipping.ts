import type { Mutation } from '../mutation.ts'

const shipping = 'packages/log-shipping/src'
const whole = [`${shipping}/log-shipping.test.ts`]
const cloudWatch = [`${shipping}/cloudwatch/cloudwatch.test.ts`]
const elasticsearch = [`${shipping}/elasticsearch/elasticsearch.test.ts`]
const otlp = [`${shipping}/otlp/otlp.test.ts`]

/** Lines that leave: none uncounted, none that keeps anybody. */
export const shippingMutations: readonly Mutation[] = [
  {
    name: 'shipping: who logs waits for the thread',
    file: `${shipping}/log-shipping.ts`,
    find: 'else timer ??= setTimeout(hand, handEveryMs).unref()',
    replace: 'else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)',
    tests: whole,
  },
  {
    name: 'shipping: the buffer of a destination has no bound',
    file: `${shipping}/line-queue.ts`,
    find: 'if (bytes + line.bytes > maxBytes) return false\n',
    replace: '',
    tests: whole,
  },
  {
    name: 'shipping: what a busy thread has not taken has no bound',
    file: `${shipping}/log-shipping.ts`,
    find: 'heldLength + line.length > maxHeldLength',
    replace: 'heldLength < 0',
    tests: whole,
  },
  {
    name: 'shipping: what finds no room is not counted',
    file: `${shipping}/shipper.ts`,
    find: "if (lost > 0) options.onSettled({ shipped: 0, lost, reason: 'no room' })",
    replace: '',
    tests: elasticsearch,
  },
  {
    name: 'shipping: what is left at the end is not counted',
    file: `${shipping}/log-shipping.ts`,
    find: "for (const name of names) lose(name, counts.waiting(name), 'the end')",
    replace: '',
    tests: whole,
  },
  {
    name: 'shipping: what a thread takes with it is not counted',
    file: `${shipping}/log-shipping.ts`,
    find: 'for (const name of names) lose(name, counts.waiting(name) - collected.length, reason)',
    replace: 'void reason',
    tests: whole,
  },
  {
    name: 'shipping: a line about a loss is lost itself',
    file: `${shipping}/log-shipping.ts`,
    find: 'if (isTelling) return\n',
    replace: '',
    tests: whole,
  },
  {
    name: 'shipping: the end waits for receivers for ever',
    file: `${shipping}/log-shipping.ts`,
    find: 'await Promise.race([closed.promise, sleep(closeWithinMs, undefined, giveUp)])',
    replace: 'await closed.promise',
    tests: whole,
  },
  {
    name: 'shipping: the end waits for a thread that is dead',
    file: `${shipping}/log-shipping.ts`,
    find: '    if (!thread.isRunning()) closed.resolve()\n',
    replace: '',
    tests: whole,
  },
  {
    name: 'shipping: CloudWatch is not asked again after it throttled',
    file: `${shipping}/cloudwatch/cloudwatch.ts`,
    find: "new Set(['InvalidParameterException', ",
    replace: "new Set(['ThrottlingException', 'InvalidParameterException', ",
    tests: cloudWatch,
  },
  {
    name: 'shipping: events are out of order',
    file: `${shipping}/cloudwatch/to-log-events.ts`,
    find: '.toSorted((one, other) => one.timestamp - other.timestamp)',
    replace: '',
    tests: cloudWatch,
  },
  {
    name: 'shipping: a batch counts its lines alone',
    file: `${shipping}/cloudwatch/cloudwatch.ts`,
    find: 'bytesPerLine: 26',
    replace: 'bytesPerLine: 0',
    tests: cloudWatch,
  },
  {
    name: 'shipping: events that AWS rejects are taken for shipped',
    file: `${shipping}/cloudwatch/cloudwatch.ts`,
    find: 'if (!rejected) return allTaken',
    replace: 'if (rejected !== null) return allTaken',
    tests: cloudWatch,
  },
  {
    name: 'shipping: items that found no room are not sent again',
    file: `${shipping}/elasticsearch/elasticsearch.ts`,
    find: 'status === 429 || status >= 500',
    replace: 'status >= 500',
    tests: elasticsearch,
  },
  {
    name: 'shipping: items that are refused are taken for shipped',
    file: `${shipping}/elasticsearch/elasticsearch.ts`,
    find: 'lost: failed.length - again.length',
    replace: 'lost: 0',
    tests: elasticsearch,
  },
  {
    name: 'shipping: a document has another id each time',
    file: `${shipping}/elasticsearch/elasticsearch.ts`,
    find: 'JSON.stringify(id)',
    replace: 'JSON.stringify(id + crypto.randomUUID())',
    tests: elasticsearch,
  },
  {
    name: 'shipping: a redirect is followed, with the key',
    file: `${shipping}/post.ts`,
    find: "redirect: 'manual'",
    replace: "redirect: 'follow'",
    tests: elasticsearch,
  },
  {
    name: 'shipping: OTLP is not asked again after it throttled',
    file: `${shipping}/otlp/otlp.ts`,
    find: 'new Set([429, 502, 503, 504])',
    replace: 'new Set([502, 504])',
    tests: otlp,
  },
  {
    name: 'shipping: Retry-After is not kept',
    file: `${shipping}/post.ts`,
    find: ' * 1_000',
    replace: ' * 0',
    tests: otlp,
  },
  {
    name: 'shipping: what OTLP rejects is taken for shipped',
    file: `${shipping}/otlp/otlp.ts`,
    find: 'lost === 0 ? allTaken',
    replace: 'lost >= 0 ? allTaken',
    tests: otlp,
  },
  {
    name: 'shipping: a receiver makes up lines that it lost',
    file: `${shipping}/shipper.ts`,
    find: 'Math.max(0, Math.min(outcome.lost, settled))',
    replace: 'outcome.lost',
    tests: otlp,
  },
  {
    name: 'shipping: an answer without items is success',
    file: `${shipping}/elasticsearch/elasticsearch.ts`,
    find: 'if (errors === false) return allTaken',
    replace: 'if (!errors) return allTaken',
    tests: elasticsearch,
  },
  {
    name: 'shipping: lines leave the machine in clear',
    file: 'packages/config/src/production-problems.ts',
    find: "isPlain(given[name]) && placeOfUrl(given[name] ?? '') !== 'near'",
    replace: "isPlain(given[name]) && given[name] === ''",
    tests: ['packages/config/src/log-shipping.test.ts'],
  },
]
