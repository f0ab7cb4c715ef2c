import { expect, it } from 'vitest'
import { SetupError } from '../setup-error.ts'
import { readNames } from './names.ts'

it.each([
  ['invoices', undefined, 'invoice', 'invoices', 'Invoice', 'invoices', 'an invoice'],
  ['line-items', undefined, 'lineItem', 'lineItems', 'LineItem', 'line_items', 'a line item'],
  ['categories', undefined, 'category', 'categories', 'Category', 'categories', 'a category'],
  ['tax-classes', undefined, 'taxClass', 'taxClasses', 'TaxClass', 'tax_classes', 'a tax class'],
  ['boxes', undefined, 'box', 'boxes', 'Box', 'boxes', 'a box'],
  ['units', undefined, 'unit', 'units', 'Unit', 'units', 'a unit'],
  ['movies', 'movie', 'movie', 'movies', 'Movie', 'movies', 'a movie'],
  ['people', 'person', 'person', 'people', 'Person', 'people', 'a person'],
])('%s (singular: %s) is a %s', (path, given, singular, plural, model, table, one) => {
  const names = readNames(path, given)
  expect(names).toEqual({
    ...{ path, plural, singular, model, table },
    id: `${singular}Id`,
    words: { plural: path.replaceAll('-', ' '), one },
  })
})

it.each([
  ['no name', undefined, undefined, 'needs a name'],
  ['capitals', 'Invoices', undefined, 'not in kebab-case'],
  ['a singular with a capital', 'Invoice', undefined, 'not in kebab-case'],
  ['camel case', 'lineItems', undefined, 'not in kebab-case'],
  ['snake case', 'line_items', undefined, 'not in kebab-case'],
  ['a path', '../invoices', undefined, 'not in kebab-case'],
  ['a quote', "invoices'); DROP TABLE orders; --s", undefined, 'not in kebab-case'],
  ['a hyphen at the end', 'invoices-', 's', 'not in kebab-case'],
  ['a number that would lose its hyphen', 'sha-2s', undefined, 'not in kebab-case'],
  ['a singular', 'invoice', undefined, 'does not read as a plural'],
  ['a singular in -ss', 'address', undefined, 'does not read as a plural'],
  ['a singular in -us', 'status', undefined, 'does not read as a plural'],
  ['a word that is its own singular', 'sheep', 'sheep', 'its own singular'],
  ['a singular in another case', 'people', 'Person', 'not in kebab-case'],
  ['more than 40 characters', `${'a'.repeat(40)}s`, undefined, 'longer than 40'],
  ['a keyword in the singular', 'cases', undefined, 'case is a reserved word'],
  ['a keyword in the plural', 'this', 'thi', 'this is a reserved word'],
  ['a type of JavaScript’s', 'dates', undefined, 'Date is a reserved word'],
  ['a type of Prisma’s', 'strings', undefined, 'String is a reserved word'],
  ['what a router’s file imports', 'timestamps', undefined, 'timestamp is a reserved word'],
])('%s is refused', (_name, path, singular, message) => {
  const read = () => readNames(path, singular)
  expect(read).toThrow(SetupError)
  expect(read).toThrow(message)
})
