import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  type PutLogEventsCommandOutput,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { allTaken, type Destination, type Outcome } from '../destination.ts'
import { type LogEvent, maxSpanMs, toLogEvents } from './to-log-events.ts'

export interface CloudWatchOptions {
  readonly region: string
  readonly logGroup: string
  /** One for each process: what several write into one stream has no order. */
  readonly logStream: string
}

// What PutLogEvents says of a batch that will be no better the next time.
const permanent = new Set(['InvalidParameterException', 'SerializationException'])

/** AWS CloudWatch Logs, by the SDK's own chain of credentials; makes the group and the stream that are missing. */
export function openCloudWatch({ region, logGroup, logStream }: CloudWatchOptions): Destination {
  const client = new CloudWatchLogsClient({
    region,
    // What fails is sent again by the shipper, which waits, counts and says so.
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 5_000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
    }),
  })
  const names = { logGroupName: logGroup, logStreamName: logStream }

  async function put(logEvents: LogEvent[]): Promise<PutLogEventsCommandOutput> {
    const command = new PutLogEventsCommand({ ...names, logEvents })
    return client.send(command).catch(async (error: unknown) => {
      if (!(error instanceof ResourceNotFoundException)) throw error
      await createStream()
      return client.send(command)
    })
  }

  // The group is made where it is missing alone: who made it beforehand need not allow it.
  async function createStream(): Promise<void> {
    const command = new CreateLogStreamCommand(names)
    await client.send(command).catch(async (error: unknown) => {
      if (error instanceof ResourceAlreadyExistsException) return
      if (!(error instanceof ResourceNotFoundException)) throw error
      await client.send(new CreateLogGroupCommand({ logGroupName: logGroup })).catch(ignoreExisting)
      await client.send(command).catch(ignoreExisting)
    })
  }

  return {
    name: 'cloudwatch',
    maxLines: 10_000,
    maxBytes: 1_048_576,
    bytesPerLine: 26,
    async send(lines) {
      const events = toLogEvents(lines)
      const within = events.filter(({ timestamp }) => timestamp - firstOf(events) <= maxSpanMs)
      const later = events.slice(within.length).map(({ line }) => line)
      try {
        const answer = await put(within.map(({ timestamp, message }) => ({ timestamp, message })))
        return { ...readRejected(answer, within.length), again: later }
      } catch (error) {
        if (!(error instanceof Error && permanent.has(error.name))) throw error
        return { again: later, lost: within.length, reason: error.name }
      }
    },
  }
}

const firstOf = ([first]: readonly { readonly timestamp: number }[]) => first?.timestamp ?? 0

/** Events that are too old, too new or past the group's retention are refused; the others of the batch are taken. */
function readRejected(answer: PutLogEventsCommandOutput, count: number): Outcome {
  const rejected = answer.rejectedLogEventsInfo
  if (!rejected) return allTaken
  const { tooOldLogEventEndIndex: old = 0, expiredLogEventEndIndex: expired = 0 } = rejected
  const { tooNewLogEventStartIndex: recent = count } = rejected
  return { again: [], lost: Math.max(old, expired) + count - recent, reason: 'too old or too new' }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof ResourceAlreadyExistsException)) throw error
}
