import { describe, expect, it } from 'vitest'
import { AppError } from './app-error.ts'
import { errorCodes } from './error-codes.ts'
import { toProblem } from './problem-document.ts'

describe('toProblem', () => {
  it('tells the code, the status and the request, and nothing of the cause', () => {
    const cause = new Error('relation "secrets" does not exist')
    const problem = toProblem(new AppError('internal', { cause }), 'r-1')
    expect(problem).toMatchObject({ status: 500, code: 'internal', requestId: 'r-1' })
    expect(JSON.stringify(problem)).not.toContain('secrets')
  })

  it('lists every problem of an input, and has no list where there is none', () => {
    const fields = [{ pointer: '/a', code: 'required', detail: 'This is required.' }]
    expect(toProblem(new AppError('invalid_input', { fields }), 'r').errors).toEqual(fields)
    expect(toProblem(new AppError('not_found'), 'r')).not.toHaveProperty('errors')
  })

  it('gives every code a status that is an error', () => {
    for (const { status } of Object.values(errorCodes)) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(600)
    }
  })
})
