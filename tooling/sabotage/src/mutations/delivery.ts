import type { Mutation } from '../mutation.ts'

const folders = ['packages/config/src/open-config.test.ts']
const prepared = ['apps/api/test/security/docker-environment.test.ts']
const compose = 'docker/compose.yaml'
const manifests = ['tooling/supply-chain/src/kubernetes/manifests.kubectl.test.ts']
const composed = ['tooling/supply-chain/src/compose.test.ts']

/** Where secrets come from in an installation, and what its containers may do. */
export const deliveryMutations: readonly Mutation[] = [
  {
    name: 'folders: a file there goes before what a variable says',
    file: 'packages/config/src/sources/references.ts',
    find: 'filter(({ name }) => !taken.has(name))',
    replace: 'filter(() => true)',
    tests: folders,
  },
  {
    name: 'folders: one that is not there is passed over',
    file: 'packages/config/src/sources/references.ts',
    find: "throw new SecretSourceError('has a folder that cannot be read', { cause })",
    replace: 'return cause ? [] : []',
    tests: folders,
  },
  {
    name: 'folders: who serves may be given the owner of the database',
    file: 'packages/config/src/sources/references.ts',
    find: "...['DATABASE_ADMIN_URL', 'DATABASE_OWNER_URL'],",
    replace: "...['DATABASE_ADMIN_URL'],",
    tests: folders,
  },
  {
    name: 'mail: a password is told to a server of one word in the clear',
    file: 'packages/mail/src/smtp-transport.ts',
    find: "user === '' && ",
    replace: '',
    tests: ['packages/mail/src/smtp-transport.test.ts'],
  },
  {
    name: 'compose: everybody of the machine reads the secrets',
    file: 'docker/prepare.sh',
    find: 'umask 077',
    replace: 'umask 022',
    tests: prepared,
  },
  {
    name: 'compose: what is there is written anew',
    file: 'docker/prepare.sh',
    find: '[ ! -e "$made" ] ||',
    replace: 'true ||',
    tests: prepared,
  },
  {
    name: 'compose: the proxy of nobody is believed',
    file: 'docker/prepare.sh',
    find: 'TRUSTED_PROXIES=172.28.77.10\n#',
    replace: 'TRUSTED_PROXIES=0.0.0.0/0\n#',
    tests: prepared,
  },
  {
    name: 'kubernetes: the API is given a token',
    file: 'deploy/kubernetes/base/api.yaml',
    find: 'automountServiceAccountToken: false',
    replace: 'automountServiceAccountToken: true',
    tests: manifests,
  },
  {
    name: 'kubernetes: nobody is denied',
    file: 'deploy/kubernetes/base/network-policies.yaml',
    find: '  podSelector: {}\n  policyTypes: [Ingress, Egress]\n---',
    replace: '  podSelector: {}\n  policyTypes: [Ingress]\n---',
    tests: manifests,
  },
  {
    name: 'kubernetes: the API knows the owner of the database',
    file: 'deploy/kubernetes/base/api.yaml',
    find: 'secretName: api\n',
    replace: 'secretName: migrate\n',
    tests: manifests,
  },
  {
    name: 'migrations: a column may be dropped at once',
    file: 'tooling/migrations/src/steps-of-alter-table.ts',
    find: "return contract('drops a column')",
    replace: 'return []',
    tests: ['tooling/migrations/src/find-breaking-steps.test.ts'],
  },
  {
    name: 'migrations: a version refuses the tables of the next',
    file: 'packages/ownership/src/require-table-guards.ts',
    find: 'isForced && !isPartition && ',
    replace: 'isForced && isPartition && ',
    tests: ['packages/ownership/src/require-table-guards.test.ts'],
  },
  {
    name: 'migrations: a table that nothing guards is taken for the next version’s',
    file: 'packages/ownership/src/require-table-guards.ts',
    find: '  isForced && !isPartition && !policies.some(isOpen)',
    replace: '  (isForced || !isPartition) && !policies.some(isOpen)',
    tests: ['packages/ownership/src/require-table-guards.test.ts'],
  },
  {
    name: 'migrations: a table that is open to everybody is taken for the next version’s',
    file: 'packages/ownership/src/require-table-guards.ts',
    find: ' && !policies.some(isOpen)',
    replace: ' && policies !== undefined',
    tests: ['packages/ownership/src/require-table-guards.test.ts'],
  },
  {
    name: 'backups: the archive takes half a segment for a whole one',
    file: 'docker/backup/archive-wal.sh',
    find: '  mv "$3/$2.part" "$3/$2"',
    replace: '  : > "$3/$2"',
    tests: ['tooling/development/src/backup.test.ts'],
  },
  {
    name: 'compose: Postgres has a port',
    file: compose,
    find: 'image: postgres:18-alpine\n',
    replace: "image: postgres:18-alpine\n    ports: ['127.0.0.1:5432:5432']\n",
    tests: composed,
  },
  {
    name: 'compose: the network of the databases leads out',
    file: compose,
    find: '  database:\n    internal: true\n',
    replace: '  database:\n',
    tests: composed,
  },
  {
    name: 'compose: containers keep their capabilities',
    file: compose,
    find: '  read_only: true\n  cap_drop: [ALL]\n',
    replace: '  read_only: true\n',
    tests: composed,
  },
]
