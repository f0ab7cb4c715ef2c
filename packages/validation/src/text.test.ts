import { describe, expect, it } from 'vitest'
import { name } from './name.ts'
import { currentPassword, newPassword } from './password.ts'
import { text } from './text.ts'
import { toInputProblems } from './to-input-problems.ts'

const emoji = '😀'
const loneSurrogate = '\uD83D'
// e and a combining acute accent; composed they are one letter.
const decomposed = 'Zoe\u0301'

const schemas = { text: text(500), name, newPassword, currentPassword } as const
type Row = readonly [schema: keyof typeof schemas, why: string, value: unknown]

const kept: readonly Row[] = [
  ['text', 'nothing at all', ''],
  ['text', 'lines, tabs and white space', ' one\r\n\ttwo '],
  ['text', 'markup, which is encoded at output', '<script>alert(1)</script>'],
  ['text', 'a decomposed letter', decomposed],
  ['text', '500 letters', 'a'.repeat(500)],
  ['text', '500 emoji of two code units', emoji.repeat(500)],
  ['name', 'one letter', 'Z'],
  ['name', 'an apostrophe and a space', "Sinéad O'Connor"],
  ['name', 'other scripts', '李小龍 محمد'],
  ['name', 'a joined emoji', '👩‍💻'],
  ['name', '100 characters', emoji.repeat(100)],
  ['newPassword', '12 letters', 'correct hors'],
  ['newPassword', '12 emoji', emoji.repeat(12)],
  ['newPassword', '128 emoji', emoji.repeat(128)],
  ['newPassword', 'white space around it', '  correct horse  '],
  ['newPassword', 'a decomposed letter', `${decomposed} battery staple`],
  ['currentPassword', 'a short one of older rules', 'x'],
  ['currentPassword', '1024 letters', 'x'.repeat(1_024)],
]

const refused: readonly (readonly [...Row, code: string])[] = [
  ['text', 'a NUL', 'a\0b', 'nul_character'],
  ['text', 'a lone surrogate', loneSurrogate, 'ill_formed_text'],
  ['text', '501 letters', 'a'.repeat(501), 'too_big'],
  ['text', 'a number', 1, 'invalid_type'],
  ['name', 'nothing', '', 'too_small'],
  ['name', '101 characters', 'a'.repeat(101), 'too_big'],
  ['name', 'white space alone', '   ', 'outer_white_space'],
  ['name', 'leading white space', ' Zoe', 'outer_white_space'],
  ['name', 'a trailing no-break space', 'Zoe\u00a0', 'outer_white_space'],
  ['name', 'two lines', 'Zoe\nAdmin', 'control_character'],
  ['name', 'an escape sequence', '\u001b[31mZoe', 'control_character'],
  ['name', 'a line separator', 'Zoe\u2028Admin', 'control_character'],
  ['name', 'text turned around', 'Zoe\u202etxt', 'control_character'],
  ['name', 'a lone surrogate', `a${loneSurrogate}b`, 'ill_formed_text'],
  ['newPassword', '11 letters', 'correct hor', 'too_small'],
  ['newPassword', '11 emoji of 22 code units', emoji.repeat(11), 'too_small'],
  ['newPassword', '129 letters', 'x'.repeat(129), 'too_big'],
  ['newPassword', 'a NUL', `correct horse\0`, 'nul_character'],
  ['newPassword', 'a lone surrogate', `correct horse${loneSurrogate}`, 'ill_formed_text'],
  ['currentPassword', 'nothing', '', 'too_small'],
  ['currentPassword', '1025 letters', 'x'.repeat(1_025), 'too_big'],
]

describe('text, names and passwords', () => {
  it.each(kept)('%s keeps %s as it is', (schema, _, value) => {
    expect(schemas[schema].parse(value)).toBe(value)
  })

  it.each(refused)('%s refuses %s', (schema, _, value, code) => {
    const { error } = schemas[schema].safeParse(value)
    expect(toInputProblems(error ?? { issues: [] })).toContainEqual(
      expect.objectContaining({ pointer: '', code }),
    )
  })

  it('composes a name, so that what looks equal is equal', () => {
    expect(name.parse(decomposed)).toBe('Zo\u00e9')
  })
})
