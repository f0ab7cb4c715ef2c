import { describe, expect, it } from 'vitest'
import { AppError } from './app-error.ts'
import { errorCodes } from './error-codes.ts'
import { toProblem } from './problem-document.ts'

const canary = 'canary-8d1f'

describe('toProblem', () => {
  it('describes a refusal by its code', () => {
    expect(toProblem(new AppError('not_found'), 'request-1')).toEqual({
      type: 'urn:rampart:problem:not_found',
      title: 'Not found',
      status: 404,
      detail: errorCodes.not_found.message,
      code: 'not_found',
      requestId: 'request-1',
    })
  })

  it('prefers the sentence the error brings', () => {
    const error = new AppError('conflict', { detail: 'The name is taken.' })
    expect(toProblem(error, 'request-1')).toHaveProperty('detail', 'The name is taken.')
  })

  it('lists the problems of the input, and of each only what is public', () => {
    const internal = { pointer: '/email', code: 'invalid_format', detail: 'No.', input: canary }
    const problem = toProblem(new AppError('invalid_input', { fields: [internal] }), 'request-1')
    expect(problem.errors).toEqual([{ pointer: '/email', code: 'invalid_format', detail: 'No.' }])
  })

  it('lets neither cause nor stack leave', () => {
    const cause = new Error(canary)
    const error = new AppError('internal', { cause })
    const sent = JSON.stringify(toProblem(error, 'request-1'))
    expect(String(error.cause)).toContain(canary)
    expect(sent).toContain(errorCodes.internal.message)
    expect(sent).not.toContain(canary)
    expect(sent).not.toContain('.ts')
  })
})
