import type { Mutation } from '../mutation.ts'

const telemetry = 'packages/telemetry/src'
const tests = 'apps/api/test/telemetry'

export const telemetryMutations: readonly Mutation[] = [
  {
    name: 'metrics: on the port that serves',
    file: 'apps/api/src/server.ts',
    find: '  securityTxt(server, services)\n',
    replace:
      "  securityTxt(server, services)\n  server.get('/metrics', () => services.metrics.meter.read())\n",
    tests: [`${tests}/metrics.test.ts`, `${tests}/metrics-ports.test.ts`],
    titles: 'has no metrics',
  },
  {
    name: 'metrics: a label says whatever it is given',
    file: `${telemetry}/meter.ts`,
    find: "isListed ? value : 'other'",
    replace: 'isListed ? value : value',
    tests: [`${telemetry}/meter.test.ts`],
  },
  {
    name: 'metrics: one that cannot be said hides all others',
    file: `${telemetry}/meter.ts`,
    find: `          .then(say)
          .catch(() => say(null))`,
    replace: `          .catch(() => null)
          .then(say)`,
    tests: [`${telemetry}/meter.test.ts`],
  },
  {
    name: 'metrics: every refused method of every address is a series',
    file: 'apps/api/src/edge/measure-requests.ts',
    find: 'config?.refusesMethod ? null : (url ?? null)',
    replace: 'url ?? null',
    tests: [`${tests}/metrics.test.ts`],
  },
  {
    name: 'metrics: the port answers more than its one path',
    file: `${telemetry}/metrics-server.ts`,
    find: "if (url !== '/metrics')",
    replace: "if (!url?.startsWith('/metrics'))",
    tests: [`${telemetry}/metrics-server.test.ts`],
  },
  {
    name: 'metrics: any number of connections',
    file: `${telemetry}/metrics-server.ts`,
    find: '  server.maxConnections = maxConnections\n',
    replace: '',
    tests: [`${telemetry}/metrics-server.test.ts`],
  },
  {
    name: 'metrics: security events are not counted',
    file: 'packages/logging/src/log-security-event.ts',
    find: '  logger.countEvent(name)\n',
    replace: '',
    tests: [`${tests}/metrics.test.ts`],
    titles: 'failed log-ins',
  },
  {
    name: 'metrics: a limit decides and nobody counts it',
    file: 'packages/rate-limit/src/limiter.ts',
    find: '      for (const decision of decisions) onDecided(decision)\n',
    replace: '',
    tests: [`${tests}/metrics.test.ts`],
    titles: 'what a limit decides',
  },
  {
    name: 'traces: a caller’s flag decides what is recorded',
    file: `${telemetry}/own-sampler.ts`,
    find: 'if (span === undefined || span.spanContext().isRemote) return null',
    replace:
      'if (span?.spanContext().isRemote) return span.spanContext().traceFlags === 1\n  if (span === undefined) return null',
    tests: [`${telemetry}/own-sampler.test.ts`],
  },
  {
    name: 'traces: a caller’s flag is handed on',
    file: `${telemetry}/start-tracing.ts`,
    find: '{ ...caller, traceFlags: 0, isRemote: true }',
    replace: '{ ...caller, traceFlags: 1 }',
    tests: [`${telemetry}/start-tracing.test.ts`, `${tests}/tracing.test.ts`],
  },
  {
    name: 'traces: the SDK is loaded whether or not anything is traced',
    file: `${telemetry}/start-tracing.ts`,
    find: "import { endWith, tracer } from './in-span.ts'",
    replace: "import { endWith, tracer } from './in-span.ts'\nimport './otlp-tracing.ts'",
    tests: [`${tests}/tracing-off.test.ts`],
  },
  {
    name: 'traces: what a full queue drops is not counted',
    file: `${telemetry}/otlp-tracing.ts`,
    find: 'if (waiting >= maxWaiting) {',
    replace: 'if (waiting < 0) {',
    tests: [`${telemetry}/start-tracing.test.ts`],
  },
  {
    name: 'traces: the URL in the name of a request',
    file: 'apps/api/src/edge/trace-requests.ts',
    find: 'route: request.routeOptions.url ?? null',
    replace: 'route: request.originalUrl',
    tests: [`${tests}/tracing.test.ts`],
  },
  {
    name: 'traces: they leave the machine in clear',
    file: 'packages/config/src/production-problems.ts',
    find: "    'OTEL_EXPORTER_OTLP_ENDPOINT',\n    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',\n",
    replace: '',
    tests: ['packages/config/src/log-shipping.test.ts'],
  },
]
