export { createLane } from './create-lane.ts'
export { listPrograms } from './programs.ts'
