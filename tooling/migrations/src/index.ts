export { findBreakingSteps } from './find-breaking-steps.ts'
