export {
  type DatabaseHandler,
  type DeliveryHandler,
  type Job,
  type JobEnd,
  type JobHandler,
  type JobTransaction,
  jobResults,
  PermanentFailure,
  RetryLater,
  type Schedule,
} from './job-handler.ts'
export type { JobLog } from './job-log.ts'
export { type JobRunner, type JobRunnerOptions, startJobRunner } from './job-runner.ts'
export { addJob, createJobSender, type JobSender, type NewJob } from './job-sender.ts'
export { measureQueues, type QueueMeasure } from './measure-queues.ts'
export { openWorkerDatabase, type WorkerDatabase } from './open-worker-database.ts'
export { type QueueName, type QueuePolicy, queues } from './queues.ts'
export { type RequeueOptions, requeueDeadLetters } from './requeue-dead-letters.ts'
