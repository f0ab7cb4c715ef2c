import { randomUUID } from 'node:crypto'
import { isSignedByAws, type Received, startReceiver } from '@repo/testing'

const access = { accessKeyId: 'AKIDTEST0RAMPART', secretAccessKey: 'x9fQ2Lm31wZ8eKx7kA' }
const region = 'eu-central-1'

/** What it does with a request that is in order. */
type Behaviour = 'answer' | 'throttle' | 'throttle the first' | 'silence' | 'cut' | 'deny'

interface Version {
  readonly id: string
  readonly text: string | null
  readonly stages: readonly string[]
  readonly createdAt: number
}

export type TestSecretsManager = Awaited<ReturnType<typeof startSecretsManager>>

/** AWS Secrets Manager as its reference has it: signatures are computed again by another library, versions have stages. */
export async function startSecretsManager() {
  const secrets = new Map<string, readonly Version[]>()
  const problems: string[] = []
  const calls: string[] = []
  let behaviour: Behaviour = 'answer'

  const receiver = await startReceiver({
    answer(response, received) {
      const action = String(received.headers['x-amz-target']).replace('secretsmanager.', '')
      calls.push(action)
      const [status, body] = isSigned(received)
        ? reply(action, JSON.parse(received.body))
        : unsigned
      if (behaviour === 'silence') return
      if (behaviour === 'cut') {
        response.destroy()
        return
      }
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify(body))
    },
  })

  function isSigned(received: Received): boolean {
    const isRight = isSignedByAws(received, { service: 'secretsmanager', region, access })
    if (!isRight) problems.push('a request is not signed')
    return isRight
  }

  function reply(action: string, input: Input): Reply {
    if (behaviour === 'throttle') return refusal('ThrottlingException')
    if (behaviour === 'deny') return refusal('AccessDeniedException')
    if (behaviour === 'throttle the first') {
      behaviour = 'answer'
      return refusal('ThrottlingException')
    }
    const { SecretId: id = '' } = input
    if (!secrets.has(id)) return refusal('ResourceNotFoundException')
    if (action === 'GetSecretValue') return getValue(id, input)
    if (action === 'PutSecretValue') return putValue(id, input)
    if (action === 'UpdateSecretVersionStage') return moveStage(id, input)
    return refusal('UnknownOperationException')
  }

  const versionsOf = (id: string) => secrets.get(id) ?? []

  function getValue(id: string, { VersionStage: stage = 'AWSCURRENT', VersionId }: Input): Reply {
    const version = versionsOf(id).find((one) =>
      VersionId === undefined ? one.stages.includes(stage) : one.id === VersionId,
    )
    if (!version) return refusal('ResourceNotFoundException')
    const { text, stages, createdAt: CreatedDate } = version
    const content = text === null ? { SecretBinary: 'AAAA' } : { SecretString: text }
    return [
      200,
      { Name: id, VersionId: version.id, VersionStages: stages, CreatedDate, ...content },
    ]
  }

  function putValue(id: string, { ClientRequestToken, SecretString, VersionStages }: Input): Reply {
    const known = versionsOf(id).find((version) => version.id === ClientRequestToken)
    if (known && known.text !== SecretString) return refusal('ResourceExistsException')
    if (!known) add(id, ClientRequestToken ?? '', SecretString ?? null)
    for (const stage of VersionStages ?? ['AWSCURRENT']) give(id, stage, ClientRequestToken ?? '')
    return [200, { Name: id, VersionId: ClientRequestToken }]
  }

  function moveStage(id: string, input: Input): Reply {
    const { VersionStage = '', MoveToVersionId, RemoveFromVersionId } = input
    const holder = versionsOf(id).find(({ stages }) => stages.includes(VersionStage))
    if (holder && holder.id !== RemoveFromVersionId) return refusal('InvalidParameterException')
    if (MoveToVersionId === undefined) take(id, VersionStage)
    else give(id, VersionStage, MoveToVersionId)
    return [200, { Name: id }]
  }

  function add(id: string, version: string, text: string | null) {
    const made = { id: version, text, stages: [], createdAt: Date.now() / 1_000 }
    secrets.set(id, [...versionsOf(id), made])
  }

  function take(id: string, stage: string) {
    const left = versionsOf(id).map((version) => ({
      ...version,
      stages: version.stages.filter((one) => one !== stage),
    }))
    secrets.set(id, left)
  }

  /** As a stage moves: who was current is the previous one from then on. */
  function give(id: string, stage: string, to: string) {
    const before = versionsOf(id).find(({ stages }) => stages.includes(stage))
    if (before?.id === to) return
    const moved = versionsOf(id).map((version) => ({
      ...version,
      stages: [
        ...version.stages.filter(
          (one) => one !== stage && !(stage === 'AWSCURRENT' && one === 'AWSPREVIOUS'),
        ),
        ...(version.id === to ? [stage] : []),
        ...(stage === 'AWSCURRENT' && version.id === before?.id ? ['AWSPREVIOUS'] : []),
      ],
    }))
    secrets.set(id, moved)
  }

  return {
    region,
    problems,
    calls,
    environment: {
      SECRETS_PROVIDER: 'aws',
      AWS_ACCESS_KEY_ID: access.accessKeyId,
      AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
      AWS_REGION: region,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${receiver.port}`,
    },
    /** As PutSecretValue does: the version before becomes AWSPREVIOUS. Null for one that is no text. */
    put(id: string, text: string | null) {
      const version = randomUUID()
      add(id, version, text)
      give(id, 'AWSCURRENT', version)
    },
    /** As a rotation that was cut off leaves it. */
    stage(id: string, text: string) {
      const version = randomUUID()
      add(id, version, text)
      give(id, 'AWSPENDING', version)
    },
    /** The text at a stage; undefined where no version has it. */
    read: (id: string, stage = 'AWSCURRENT') =>
      versionsOf(id).find(({ stages }) => stages.includes(stage))?.text,
    /** As if the newest version had been made so long ago. */
    age(id: string, seconds: number) {
      const aged = versionsOf(id).map((one) => ({ ...one, createdAt: one.createdAt - seconds }))
      secrets.set(id, aged)
    },
    behave(as: Behaviour) {
      behaviour = as
    },
    close: receiver.close,
  }
}

interface Input {
  readonly SecretId?: string
  readonly VersionStage?: string
  readonly VersionId?: string
  readonly ClientRequestToken?: string
  readonly SecretString?: string
  readonly VersionStages?: readonly string[]
  readonly MoveToVersionId?: string
  readonly RemoveFromVersionId?: string
}

type Reply = readonly [status: number, body: object]

const refusal = (type: string): Reply => [400, { __type: type, message: type }]
const unsigned = refusal('InvalidSignatureException')
