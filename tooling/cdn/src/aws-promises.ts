import { all, each, has, type Promised, reference } from './promise.ts'
import { valuesAt } from './values-at.ts'

const distribution = 'resource.aws_cloudfront_distribution.*.*'
const behavior = `${distribution}.default_cache_behavior.*`
const programs = `${distribution}.dynamic.ordered_cache_behavior.*`
const acl = 'resource.aws_wafv2_web_acl.*.*'
const noCache = reference('data.aws_cloudfront_cache_policy.none.id')
const aclArn = reference('aws_wafv2_web_acl.api.arn')
const secret = reference('var.origin_secret')
const cloudfront = reference('data.aws_ec2_managed_prefix_list.cloudfront.id')

/** What CloudFront and AWS WAF do for the API. */
export const awsPromises: readonly Promised[] = [
  [
    'clients speak TLS 1.2 or later',
    each(`${distribution}.viewer_certificate.*.minimum_protocol_version`, (version) =>
      /^TLSv1\.(2_2021|2_2025|3_2025)$/.test(`${version}`),
    ),
  ],
  [
    'the origin is reached over TLS 1.2 alone',
    all(
      has(`${distribution}.origin.*.custom_origin_config.*.origin_protocol_policy`, 'https-only'),
      has(`${distribution}.origin.*.custom_origin_config.*.origin_ssl_protocols.*`, 'TLSv1.2'),
    ),
  ],
  [
    'the secret is added to each request to the origin',
    has(`${distribution}.origin.*.custom_header.*`, { name: 'x-origin-secret', value: secret }),
  ],
  [
    'pages are redirected to HTTPS, programs are refused',
    all(
      has(`${behavior}.viewer_protocol_policy`, 'redirect-to-https'),
      has(`${programs}.content.*.viewer_protocol_policy`, 'https-only'),
      has(`${programs}.for_each.*`, '/api/*', '/trpc/*', '/oauth/*'),
    ),
  ],
  [
    'nothing is cached',
    all(
      has('data.aws_cloudfront_cache_policy.none.*.name', 'Managed-CachingDisabled'),
      has(`${behavior}.cache_policy_id`, noCache),
      has(`${programs}.content.*.cache_policy_id`, noCache),
    ),
  ],
  [
    'the web ACL stands before the distribution',
    all(has(`${distribution}.web_acl_id`, aclArn), has(`${acl}.scope`, 'CLOUDFRONT')),
  ],
  [
    'addresses are limited, and more so where people log in',
    all(
      has(`${acl}.rule.*.statement.*.rate_based_statement.*.aggregate_key_type`, 'IP', 'IP'),
      has(`${acl}.rule.*.action.*.block.*`, {}, {}),
      (terraform) => valuesAt(terraform, logInPaths).length === 1,
    ),
  ],
  [
    "AWS's managed rules refuse",
    all(
      has(
        'locals.*.managed_rules.*.name',
        'AWSManagedRulesAmazonIpReputationList',
        'AWSManagedRulesKnownBadInputsRuleSet',
        'AWSManagedRulesCommonRuleSet',
        'AWSManagedRulesSQLiRuleSet',
      ),
      has(`${acl}.dynamic.rule.*.content.*.override_action.*.none.*`, {}),
    ),
  ],
  [
    'samples hold no credential',
    each(`${acl}.data_protection_config.*.data_protection.*.field.*.field_keys`, (keys) =>
      ['authorization', 'cookie'].every((key) => valuesAt(keys, '*').includes(key)),
    ),
  ],
  [
    'the origin takes connections of CloudFront alone',
    all(
      has(
        'data.aws_ec2_managed_prefix_list.cloudfront.*.name',
        'com.amazonaws.global.cloudfront.origin-facing',
      ),
      has('resource.aws_vpc_security_group_ingress_rule.*.*.prefix_list_id', cloudfront),
      has('resource.aws_vpc_security_group_ingress_rule.*.*.to_port', 443),
      has('resource.aws_vpc_security_group_ingress_rule.*.*.cidr_ipv4'),
      has('resource.aws_vpc_security_group_ingress_rule.*.*.cidr_ipv6'),
      has('resource.aws_security_group.*.*.ingress'),
      has('resource.aws_security_group_rule'),
    ),
  ],
]

const logInPaths = `${acl}.rule.*.statement.*.rate_based_statement.*.scope_down_statement.*.regex_match_statement.*.regex_string`
