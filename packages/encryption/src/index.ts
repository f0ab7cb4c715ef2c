export { createEncryption, type Encryption, type EncryptionKey } from './create-encryption.ts'
export { openEncryption } from './open-encryption.ts'
