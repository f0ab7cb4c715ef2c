import { createEncryption, type Encryption, type EncryptionKey } from './create-encryption.ts'

/** What a configuration says of the keys: each 32 bytes in base64. */
interface Configured {
  readonly encryptionKeys: readonly { readonly id: string; readonly key: { reveal(): string } }[]
}

/** A configuration whose secrets may change (`OpenConfig` of @repo/config). */
interface Secrets {
  current(): Configured
  watch(
    listener: (
      reading: { readonly kind: 'changed'; readonly config: Configured } | { kind: 'failed' },
    ) => void,
  ): void
}

/** Encryption by the keys of the configuration, as they are now (G35); throws as `createEncryption` does. */
export function openEncryption(secrets: Secrets): Encryption {
  const keyring = createEncryption(keysOf(secrets.current()))
  secrets.watch((reading) => {
    if (reading.kind === 'changed') keyring.replaceKeys(keysOf(reading.config))
  })
  return keyring
}

const keysOf = ({ encryptionKeys }: Configured): readonly EncryptionKey[] =>
  encryptionKeys.map(({ id, key }) => ({ id, key: Buffer.from(key.reveal(), 'base64') }))
