import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  authenticationResponse,
  creationOptions,
  registrationResponse,
  requestOptions,
} from './index.ts'

const credentialId = 'AAECAwQFBgcICQoLDA0ODw'
const answer = {
  id: credentialId,
  rawId: credentialId,
  type: 'public-key',
  authenticatorAttachment: 'platform',
  clientExtensionResults: { credProps: { rk: true } },
}

const registration = {
  ...answer,
  response: {
    clientDataJSON: 'e30',
    attestationObject: 'o2NmbXRkbm9uZQ',
    authenticatorData: 'A'.repeat(218),
    transports: ['internal', 'hybrid'],
    publicKey: 'A'.repeat(122),
    publicKeyAlgorithm: -7,
  },
}

const authentication = {
  ...answer,
  clientExtensionResults: {},
  response: {
    clientDataJSON: 'e30',
    authenticatorData: 'A'.repeat(50),
    signature: 'A'.repeat(96),
    userHandle: 'A'.repeat(22),
  },
}

function withResponse<Sample extends { readonly response: object }>(
  sample: Sample,
  response: Readonly<Record<string, unknown>>,
) {
  return { ...sample, response: { ...sample.response, ...response } }
}

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success

describe('a new passkey', () => {
  it.each([
    ['as Chromium’s toJSON says it', registration],
    [
      'without what a browser may leave out',
      {
        id: credentialId,
        rawId: credentialId,
        type: 'public-key',
        clientExtensionResults: {},
        response: { clientDataJSON: 'e30', attestationObject: 'o2NmbXRkbm9uZQ' },
      },
    ],
    ['with the longest id', { ...registration, id: 'A'.repeat(1_364), rawId: 'A'.repeat(1_364) }],
    ['over a transport to come', withResponse(registration, { transports: ['warp-drive'] })],
  ])('is taken %s, unchanged', (_, value) => {
    expect(registrationResponse.parse(value)).toEqual(value)
  })

  it.each([
    ['an unknown field', { ...registration, more: 1 }],
    ['an unknown field within', withResponse(registration, { more: 1 })],
    ['an unknown extension', { ...registration, clientExtensionResults: { more: true } }],
    [
      'an extension’s unknown field',
      { ...registration, clientExtensionResults: { prf: { a: 1 } } },
    ],
    ['another type', { ...registration, type: 'password' }],
    ['an empty id', { ...registration, id: '' }],
    ['an id of 15 bytes', { ...registration, id: 'A'.repeat(20) }],
    ['an id of 1024 bytes', { ...registration, id: 'A'.repeat(1_366) }],
    ['padding', { ...registration, id: `${credentialId}==` }],
    ['base64’s other alphabet', { ...registration, rawId: `${credentialId}+/` }],
    ['NUL', { ...registration, rawId: `${credentialId}\0` }],
    ['a line feed at the end', { ...registration, rawId: `${credentialId}\n` }],
    ['a giant attestation', withResponse(registration, { attestationObject: 'A'.repeat(10_924) })],
    ['giant client data', withResponse(registration, { clientDataJSON: 'A'.repeat(2_732) })],
    ['an attestation that is no text', withResponse(registration, { attestationObject: 1 })],
    ['17 transports', withResponse(registration, { transports: Array(17).fill('usb') })],
    ['a transport with NUL', withResponse(registration, { transports: ['usb\0'] })],
    ['an assertion', authentication],
    ['nothing', null],
  ])('is refused with %s', (_, value) => {
    expect(accepts(registrationResponse, value)).toBe(false)
  })
})

describe('a log-in by passkey', () => {
  it('is taken as Chromium’s toJSON says it, unchanged', () => {
    expect(authenticationResponse.parse(authentication)).toEqual(authentication)
  })

  it.each([
    ['an unknown field', { ...authentication, more: 1 }],
    ['an unknown field within', withResponse(authentication, { more: 1 })],
    ['an empty signature', withResponse(authentication, { signature: '' })],
    ['a giant signature', withResponse(authentication, { signature: 'A'.repeat(1_367) })],
    ['too little data', withResponse(authentication, { authenticatorData: 'A'.repeat(49) })],
    ['giant data', withResponse(authentication, { authenticatorData: 'A'.repeat(5_463) })],
    ['a user handle of 65 bytes', withResponse(authentication, { userHandle: 'A'.repeat(87) })],
    ['a user handle of null', withResponse(authentication, { userHandle: null })],
    ['a registration', registration],
  ])('is refused with %s', (_, value) => {
    expect(accepts(authenticationResponse, value)).toBe(false)
  })
})

describe('the options for a browser', () => {
  const creation = {
    rp: { id: 'example.com', name: 'Rampart' },
    user: { id: 'A'.repeat(22), name: 'alice@example.com', displayName: 'Alice' },
    challenge: 'A'.repeat(66),
    pubKeyCredParams: [{ type: 'public-key', alg: -8 }],
    timeout: 300_000,
    attestation: 'none',
    excludeCredentials: [{ id: credentialId, type: 'public-key', transports: ['usb'] }],
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    extensions: { credProps: true },
    hints: [],
  }
  const request = {
    rpId: 'example.com',
    challenge: 'A'.repeat(66),
    timeout: 300_000,
    userVerification: 'required',
  }

  it('leave with every field', () => {
    expect(creationOptions.parse(creation)).toEqual(creation)
    expect(requestOptions.parse(request)).toEqual(request)
  })

  it('do not leave without a challenge', () => {
    expect(accepts(creationOptions, { ...creation, challenge: '' })).toBe(false)
    expect(accepts(requestOptions, { ...request, challenge: undefined })).toBe(false)
  })
})

it.each([
  ['registrationResponse', registrationResponse],
  ['authenticationResponse', authenticationResponse],
])('%s is closed and bounded at every depth', (_, schema) => {
  const nodes = nodesOf(z.toJSONSchema(schema))
  const ofType = (type: string) => nodes.filter((node) => node['type'] === type)
  expect(ofType('string').length).toBeGreaterThan(5)
  expect(ofType('object').every((node) => node['additionalProperties'] === false)).toBe(true)
  expect(ofType('array').every((node) => 'maxItems' in node)).toBe(true)
  expect(
    ofType('string').every((node) => 'pattern' in node || 'enum' in node || 'const' in node),
  ).toBe(true)
})

function nodesOf(node: object): Readonly<Record<string, unknown>>[] {
  const children = Object.values(node).filter((child) => typeof child === 'object' && child)
  return [{ ...node }, ...children.flatMap(nodesOf)]
}
