import { all, each, has, type Promised, reference } from './promise.ts'
import { valuesAt } from './values-at.ts'

const setting = 'resource.cloudflare_zone_setting.*.*.for_each'
const rules = (name: string) => `resource.cloudflare_ruleset.${name}.*.rules`
const phase = (name: string) => `resource.cloudflare_ruleset.${name}.*.phase`
const variable = (name: string) => reference(`var.${name}`)

const mentions = (path: string, ...texts: readonly string[]) =>
  each(path, (value) => texts.every((text) => `${value}`.includes(text)))

/** What Cloudflare does for the API. */
export const cloudflarePromises: readonly Promised[] = [
  [
    'clients speak TLS 1.2 or later, without early data',
    all(
      has(`${setting}.min_tls_version`, variable('min_tls_version')),
      has('variable.min_tls_version.*.default', '1.2'),
      mentions('variable.min_tls_version.*.validation.*.condition', 'contains(["1.2", "1.3"],'),
      has(`${setting}.tls_1_3`, 'on'),
      has(`${setting}.0rtt`, 'off'),
    ),
  ],
  ["the origin's certificate is checked", has(`${setting}.ssl`, 'strict')],
  [
    'the secret is set on each request to the origin',
    all(
      has(phase('origin_secret'), 'http_request_late_transform'),
      has(`${rules('origin_secret')}.*.action`, 'rewrite'),
      has(`${rules('origin_secret')}.*.action_parameters.headers.x-origin-secret`, {
        operation: 'set',
        value: variable('origin_secret'),
      }),
      mentions(`${rules('origin_secret')}.*.expression`, variable('hostname')),
    ),
  ],
  [
    'pages are redirected to HTTPS, programs are refused',
    all(
      has(phase('redirect'), 'http_request_dynamic_redirect'),
      mentions(`${rules('redirect')}.*.expression`, 'not ssl and not ', '{local.programs}'),
      has(`${rules('redirect')}.*.action_parameters.from_value.status_code`, 308),
      mentions('locals.*.programs', '"/api/"', '"/trpc/"', '"/oauth/"'),
      has(phase('refuse'), 'http_request_firewall_custom'),
      mentions(`${rules('refuse')}.0.expression`, '{local.api}', 'not ssl'),
      has(`${rules('refuse')}.*.action`, 'block', 'block'),
    ),
  ],
  [
    'Workers of other zones are refused',
    mentions(`${rules('refuse')}.1.expression`, 'cf.worker.upstream_zone ne'),
  ],
  [
    'nothing is cached',
    all(
      has(phase('cache'), 'http_request_cache_settings'),
      has(`${rules('cache')}.*.action_parameters.cache`, false),
      mentions(`${rules('cache')}.*.expression`, '{local.api}'),
    ),
  ],
  [
    'addresses are limited, and more so where people log in',
    all(
      has(phase('limits'), 'http_ratelimit'),
      has(`${rules('limits')}.*.action`, 'block', 'block'),
      each(`${rules('limits')}.*.ratelimit.characteristics`, (names) =>
        valuesAt(names, '*').includes('ip.src'),
      ),
      has(
        `${rules('limits')}.*.ratelimit.requests_per_period`,
        variable('log_ins_per_address'),
        variable('requests_per_address'),
      ),
    ),
  ],
  [
    'the managed rules of Cloudflare and of OWASP refuse',
    all(
      has(phase('managed'), 'http_request_firewall_managed'),
      mentions(
        rules('managed'),
        'local.cloudflare_managed_rules',
        'local.owasp_core_rules',
        '"execute"',
      ),
      has('locals.*.cloudflare_managed_rules', 'efb7b8c949ac4650a09736fc376e9aee'),
      has('locals.*.owasp_core_rules', '4814384a9e5d4991b9815dcfc25d2f1f'),
    ),
  ],
  [
    'the address of the origin is hidden behind Cloudflare',
    has('resource.cloudflare_dns_record.*.*.proxied', true),
  ],
  [
    'the key of the client certificate is secret',
    all(
      has('variable.origin_pull_private_key.*.sensitive', true),
      has('resource.cloudflare_authenticated_origin_pulls_settings.*.*.enabled', true),
    ),
  ],
]
