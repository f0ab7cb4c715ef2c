/**
 * Licences (SPDX) under which a dependency may come in: those that ask for no more than their own text. MPL-2.0 asks for
 * its own files alone, and is here for tools. The same list is in .github/dependency-review.yml.
 */
export const allowedLicences = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-3.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'Python-2.0',
  'Unlicense',
  'WTFPL',
] as const

/** Packages whose own words are not of SPDX, and what stands in their files. */
export const readByHand: Readonly<Record<string, string>> = {
  '@visx/vendor': 'MIT AND ISC',
  'incremental-encoder': 'MPL-2.0',
  // Its LICENSE is MIT's text.
  'seq-queue': 'MIT',
}

/** Packages that may come in all the same, and why. */
export const exceptions: Readonly<Record<string, string>> = {
  elkjs: 'EPL-2.0: of Prisma Studio, which runs where somebody develops and is in no image',
}
