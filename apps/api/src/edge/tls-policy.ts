import { constants } from 'node:crypto'
import type { ServerOptions } from 'node:https'

// Forward secrecy and authenticated encryption in each; of TLS 1.2 no CBC and no static RSA.
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
]

// A secret that is recorded today outlives a quantum computer where the client can do the first.
const groups = ['X25519MLKEM768', 'X25519', 'prime256v1', 'secp384r1']

/** How HTTPS is spoken in process, whatever Node's defaults become or its command line says. */
export const tlsPolicy = {
  minVersion: 'TLSv1.2',
  ciphers: ciphers.join(':'),
  ecdhCurve: groups.join(':'),
  honorCipherOrder: true,
  // A client without AES in hardware says so by naming ChaCha20 first.
  secureOptions: constants.SSL_OP_PRIORITIZE_CHACHA | constants.SSL_OP_NO_RENEGOTIATION,
  ALPNProtocols: ['http/1.1'],
  // Node would wait two minutes for a client that says nothing.
  handshakeTimeout: 5_000,
  sessionTimeout: 300,
} satisfies ServerOptions
