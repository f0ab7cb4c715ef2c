export { createEncryption, type Encryption, type EncryptionKey } from './create-encryption.ts'
