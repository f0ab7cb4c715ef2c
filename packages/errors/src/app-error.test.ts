import { describe, expect, it } from 'vitest'
import { AppError } from './app-error.ts'
import { errorCodes } from './error-codes.ts'

describe('AppError', () => {
  it('keeps its code, its cause and its own sentence', () => {
    const cause = new Error('duplicate key value violates unique constraint')
    const error = new AppError('conflict', { detail: 'The name is taken.', cause })
    expect(error).toMatchObject({
      name: 'AppError',
      code: 'conflict',
      detail: 'The name is taken.',
    })
    expect(error.message).toBe('The name is taken.')
    expect(error.cause).toBe(cause)
    expect(error).toBeInstanceOf(Error)
  })

  it('says the sentence of its code when it has none of its own, and has no cause unless given', () => {
    const error = new AppError('not_found')
    expect(error.message).toBe(errorCodes.not_found.message)
    expect(error.detail).toBeUndefined()
    expect(error.fields).toEqual([])
    expect('cause' in error).toBe(false)
  })

  it.each([
    [12, 12],
    [0.2, 1],
    [1.01, 2],
    [0, 1],
    [-3, 1],
  ])('turns a wait of %d s into %d whole seconds', (given, expected) => {
    expect(new AppError('rate_limited', { retryAfterSeconds: given }).retryAfterSeconds).toBe(
      expected,
    )
  })

  it('has no wait unless given', () => {
    expect(new AppError('rate_limited').retryAfterSeconds).toBeUndefined()
  })
})
