import type { World } from './create-world.ts'

/** What a client may ask for again and again, and with which cookie. */
export interface Question {
  readonly path: string
  readonly cookie?: string
  readonly headers?: Readonly<Record<string, string>>
}

// Each has a quota of a thousand calls an hour.
const people = 40

/** An order for each of so many people that a test's load meets nobody's quota. */
export async function createQuestions(world: World): Promise<readonly Question[]> {
  const questions: Question[] = []
  for (let count = 0; count < people; count += 1) {
    const person = await world.createPerson()
    const path = `/api/orders/${await world.createOrder(person)}`
    questions.push({ path, cookie: person.cookie })
  }
  return questions
}
