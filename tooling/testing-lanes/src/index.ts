export { createLane, listPrograms } from './create-lane.ts'
