import { isSignedByAws, startReceiver } from '@repo/testing'
import { type Behaviour, createBehaviours } from './behaviour.ts'

const credentials = { accessKeyId: 'AKIDTEST0RAMPART', secretAccessKey: 'x9fQ2Lm31wZ8eKx7kA' }
const region = 'eu-central-1'

export interface CloudWatchEvent {
  readonly timestamp: number
  readonly message: string
}

type Reply = readonly [status: number, body: object]
const refusal = (type: string): Reply => [400, { __type: type, message: type }]

interface Input {
  readonly logGroupName: string
  readonly logStreamName: string
  readonly logEvents: readonly CloudWatchEvent[]
}

/**
 * CloudWatch Logs as its reference has it: signatures are computed again by another library, groups and streams have to
 * exist, and each rule of PutLogEvents is held.
 */
export async function startCloudWatch() {
  const behaviours = createBehaviours()
  const problems: string[] = []
  const batches: { readonly stream: string; readonly events: readonly CloudWatchEvent[] }[] = []
  const groups = new Set<string>()
  const streams = new Set<string>()
  const calls: string[] = []
  let rejected: object | null = null

  const receiver = await startReceiver({
    answer(response, { method, path, headers, body }) {
      const action = String(headers['x-amz-target']).replace('Logs_20140328.', '')
      calls.push(action)
      const expected = { service: 'logs', region, access: credentials }
      const signed = isSignedByAws({ method, path, headers, body }, expected)
      if (!signed) problems.push(`${action} is not signed`)
      const behaviour = action === 'PutLogEvents' ? behaviours.next() : 'take'
      if (behaviour === 'silence') return
      const [status, answer] = reply(signed ? behaviour : 'unsigned', action, JSON.parse(body))
      if (behaviour.startsWith('cut')) {
        response.destroy()
        return
      }
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify(answer))
    },
  })

  function reply(behaviour: Behaviour | 'unsigned', action: string, input: Input): Reply {
    if (behaviour === 'unsigned') return refusal('InvalidSignatureException')
    if (behaviour === 'throttle') return refusal('ThrottlingException')
    return behaviour === 'cut' ? [500, {}] : act(action, input)
  }

  function act(action: string, input: Input): Reply {
    const { logGroupName: group, logStreamName: stream } = input
    const name = `${group}:${stream}`
    if (action === 'CreateLogGroup') {
      if (groups.has(group)) return refusal('ResourceAlreadyExistsException')
      groups.add(group)
      return [200, {}]
    }
    if (!groups.has(group)) return refusal('ResourceNotFoundException')
    if (action === 'CreateLogStream') {
      if (streams.has(name)) return refusal('ResourceAlreadyExistsException')
      if (/[:*]/.test(stream) || stream.length > 512) problems.push(`the stream ${stream}`)
      streams.add(name)
      return [200, {}]
    }
    if (!streams.has(name)) return refusal('ResourceNotFoundException')
    const broken = findBrokenRules(input.logEvents)
    problems.push(...broken)
    if (broken.length > 0) return refusal('InvalidParameterException')
    batches.push({ stream, events: input.logEvents })
    return [200, rejected ? { rejectedLogEventsInfo: rejected } : {}]
  }

  return {
    ...behaviours,
    problems,
    batches,
    calls,
    groups,
    streams,
    region,
    environment: {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: `http://127.0.0.1:${receiver.port}`,
    },
    events: () => batches.flatMap(({ events }) => events),
    /** As rejectedLogEventsInfo. */
    reject(info: object | null) {
      rejected = info
    },
    close: receiver.close,
  }
}

function findBrokenRules(events: readonly CloudWatchEvent[]): readonly string[] {
  const bytes = events.map(({ message }) => Buffer.byteLength(message) + 26)
  const times = events.map(({ timestamp }) => timestamp)
  const [first = 0, last = 0] = [times.at(0), times.at(-1)]
  const rules: readonly (readonly [isBroken: boolean, problem: string])[] = [
    [events.length === 0 || events.length > 10_000, `${events.length} events`],
    [bytes.reduce((sum, one) => sum + one, 0) > 1_048_576, 'the batch is too large'],
    [times.some((time, index) => time < (times[index - 1] ?? time)), 'events are out of order'],
    [last - first > 86_400_000, 'events are more than a day apart'],
    [events.some(({ message }) => message.length === 0), 'an event is empty'],
  ]
  return rules.filter(([isBroken]) => isBroken).map(([, problem]) => problem)
}
