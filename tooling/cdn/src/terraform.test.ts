import { describe, expect, it } from 'vitest'
import { awsPromises } from './aws-promises.ts'
import { cloudflarePromises } from './cloudflare-promises.ts'
import { commonPromises } from './common-promises.ts'
import { findBroken } from './promise.ts'
import { parseTerraform, readTerraform } from './read-terraform.ts'

const providers = {
  aws: { text: await readTerraform('aws'), promises: [...commonPromises, ...awsPromises] },
  cloudflare: {
    text: await readTerraform('cloudflare'),
    promises: [...commonPromises, ...cloudflarePromises],
  },
} as const

type Change = readonly [breaks: string, find: string | RegExp, replace: string]

const common: readonly Change[] = [
  ['versions of providers are exact', /(\n\s+version = ")/, '$1>= '],
  ['every variable is typed, described and checked', '  type        = number\n', ''],
  ['every variable is typed, described and checked', /\n\s+description = "The host of BASE.*/, ''],
  ['every variable is typed, described and checked', /\n {2}validation \{[\s\S]*?\n {2}\}/, ''],
  ['every output is described', /(output "\w+" \{\n).*\n/, '$1'],
  ['what is secret is marked so, and has no default', '  sensitive   = true\n', ''],
  ['no output tells a secret', /(output "\w+" \{\n.*\n\s+value\s+= ).*/, '$1var.origin_secret'],
  ['nobody is everybody', /$/, 'locals { open = ["0.0.0.0/0"] }'],
]

const aws: readonly Change[] = [
  ['clients speak TLS 1.2 or later', 'TLSv1.2_2021', 'TLSv1'],
  ['clients speak TLS 1.2 or later', /\n\s+minimum_protocol_version .*/, ''],
  ['the origin is reached over TLS 1.2 alone', '["TLSv1.2"]', '["TLSv1.2", "TLSv1.1"]'],
  [
    'the origin is reached over TLS 1.2 alone',
    'origin_protocol_policy = "https-only"',
    'origin_protocol_policy = "match-viewer"',
  ],
  ['the secret is added to each request to the origin', /custom_header \{[^}]*\}/, ''],
  [
    'the secret is added to each request to the origin',
    '= var.origin_secret',
    '= "f00d8a6f1b1d4f4c9a6e2d3c4b5a6978"',
  ],
  ['pages are redirected to HTTPS, programs are refused', '"redirect-to-https"', '"allow-all"'],
  ['pages are redirected to HTTPS, programs are refused', '"/trpc/*", ', ''],
  ['nothing is cached', 'Managed-CachingDisabled', 'Managed-CachingOptimized'],
  [
    'nothing is cached',
    /(default_cache_behavior \{[^}]*)cache_policy_id .*/,
    '$1cache_policy_id = "other"',
  ],
  ['the web ACL stands before the distribution', /\n\s+web_acl_id .*/, ''],
  [
    'addresses are limited, and more so where people log in',
    /(rate_based_statement \{[^}]*limit .*\n\n)\s+scope_down_statement \{[\s\S]*?\n {8}\}/,
    '$1',
  ],
  ['addresses are limited, and more so where people log in', 'block {}', 'count {}'],
  ["AWS's managed rules refuse", /\n\s+\{ name = "AWSManagedRulesCommon.*/, ''],
  ["AWS's managed rules refuse", /(override_action \{\n\s+)none/, '$1count'],
  ['samples hold no credential', /\n {2}data_protection_config \{[\s\S]*?\n {2}\}/, ''],
  [
    'the origin takes connections of CloudFront alone',
    /prefix_list_id .*/,
    'cidr_ipv4 = "10.0.0.0/8"',
  ],
  [
    'the origin takes connections of CloudFront alone',
    /(resource "aws_security_group" "origin" \{\n)/,
    '$1  ingress {\n    cidr_blocks = ["198.51.100.0/24"]\n  }\n',
  ],
]

const cloudflare: readonly Change[] = [
  [
    'clients speak TLS 1.2 or later, without early data',
    'min_tls_version = var.min_tls_version',
    '',
  ],
  [
    'clients speak TLS 1.2 or later, without early data',
    'contains(["1.2", "1.3"]',
    'contains(["1.0", "1.2", "1.3"]',
  ],
  ['clients speak TLS 1.2 or later, without early data', '"0rtt" = "off"', '"0rtt" = "on"'],
  ["the origin's certificate is checked", 'ssl = "strict"', 'ssl = "flexible"'],
  ['the secret is set on each request to the origin', '"x-origin-secret" = {', '"x-other" = {'],
  ['the secret is set on each request to the origin', 'operation = "set"', 'operation = "add"'],
  ['pages are redirected to HTTPS, programs are refused', 'and not ssl and not', 'and ssl and not'],
  [
    'pages are redirected to HTTPS, programs are refused',
    /(and not ssl"\n\s+action\s+= )"block"/,
    '$1"log"',
  ],
  ['Workers of other zones are refused', / and cf\.worker\.upstream_zone ne.*"/, '"'],
  ['nothing is cached', '{ cache = false }', '{ cache = true }'],
  [
    'addresses are limited, and more so where people log in',
    '["cf.colo.id", "ip.src"]',
    '["cf.colo.id"]',
  ],
  [
    'addresses are limited, and more so where people log in',
    'requests_per_period = var.log_ins_per_address',
    'requests_per_period = 100000',
  ],
  ['the managed rules of Cloudflare and of OWASP refuse', '"execute"', '"log"'],
  [
    'the managed rules of Cloudflare and of OWASP refuse',
    ', owasp = local.owasp_core_rules }',
    ' }',
  ],
  ['the address of the origin is hidden behind Cloudflare', 'proxied = true', 'proxied = false'],
  [
    'the key of the client certificate is secret',
    /(private_key" \{\n.*\n.*\n.*\n)\s+sensitive .*\n/,
    '$1',
  ],
]

const changes = { aws: [...common, ...aws], cloudflare: [...common, ...cloudflare] } as const

describe.each(['aws', 'cloudflare'] as const)('deploy/cdn/%s', (name) => {
  const { text, promises } = providers[name]
  const brokenIn = async (changed: string) => findBroken(promises, await parseTerraform(changed))

  it('keeps what it promises', async () => {
    expect(await brokenIn(text)).toEqual([])
  })

  it.each(changes[name])('does not promise in vain: %s (%s)', async (breaks, find, replace) => {
    const changed = text.replace(find, replace)
    expect(changed).not.toBe(text)
    expect(await brokenIn(changed)).toContain(breaks)
  })

  it('has a change for each promise', () => {
    const sentences = promises.map(([sentence]) => sentence)
    expect(new Set(changes[name].map(([breaks]) => breaks))).toEqual(new Set(sentences))
  })
})

it('what is no HCL is refused', async () => {
  await expect(parseTerraform('resource "x" {')).rejects.toThrow()
})
