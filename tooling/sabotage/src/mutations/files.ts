import type { Mutation } from '../mutation.ts'

const attacks = ['apps/api/test/security/files.test.ts']
const keeper = 'apps/api/src/file-keeper.ts'

/** Uploads and downloads. */
export const fileMutations: readonly Mutation[] = [
  {
    name: 'a download has no policy of its own',
    file: 'apps/api/src/edge/files.ts',
    find: '      helmet: { contentSecurityPolicy: { useDefaults: false, directives: filePolicy } },\n',
    replace: '',
    tests: attacks,
  },
  {
    name: 'a download is shown in the page',
    file: 'apps/api/src/edge/files.ts',
    find: "  reply.header('content-disposition', contentDisposition(file.name, file.mediaType))\n",
    replace: '',
    tests: attacks,
  },
  {
    name: 'a file is what its name says',
    file: keeper,
    find: 'const mediaType = detectMediaType(content)',
    replace: "const mediaType = name.endsWith('.pdf') ? 'application/pdf' : 'image/png'",
    tests: attacks,
  },
  {
    name: 'a file is given out before it is scanned',
    file: keeper,
    find: "if (status === 'clean') return content",
    replace: "if (status !== 'infected') return content",
    tests: attacks,
  },
  {
    name: 'a scanner that fails says clean',
    file: keeper,
    find: "'a file was not scanned')\n      return null",
    replace: "'a file was not scanned')\n      return 'clean' as const",
    tests: attacks,
  },
  {
    name: 'what the scanner finds is clean',
    file: 'packages/files/src/scanner.ts',
    find: "FOUND$/.test(reply)) return 'infected'",
    replace: "FOUND$/.test(reply)) return 'clean'",
    tests: ['packages/files/src/scanner.test.ts'],
  },
  {
    name: 'the quota of files is not kept',
    file: 'packages/database/prisma/migrations/20261126141000_files/migration.sql',
    find: 'CREATE TRIGGER keep_file_quota BEFORE INSERT ON "files"',
    replace: 'CREATE TRIGGER keep_file_quota BEFORE DELETE ON "files"',
    tests: ['packages/database/src/file-quota.test.ts'],
  },
]
