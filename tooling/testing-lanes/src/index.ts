export { createLane } from './create-lane.ts'
