/** What looks like a log-in and is a sample: a name that nobody can own (RFC 2606, RFC 6761), a single word, this machine. */
const sampleHosts = String.raw`/@(([\w.-]*\.)?(test|example|example\.com|internal|invalid)|[a-z0-9]+|127\.0\.0\.1|\[::1\])(?![\w.-])/`

/** The samples of documentation that receivers themselves print. */
const sampleHook = String.raw`/hooks\.slack\.com\/services\/T0+\//`

/** Each rule's own exceptions; whatever else it finds fails the scan. */
export const allowed = [
  { id: '@secretlint/secretlint-rule-basicauth', options: { allows: [sampleHosts] } },
  {
    id: '@secretlint/secretlint-rule-database-connection-string',
    options: { allows: [sampleHosts] },
  },
  { id: '@secretlint/secretlint-rule-slack', options: { allows: [sampleHook] } },
] as const
