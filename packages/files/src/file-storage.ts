/** Where contents are kept. A key is a UUID that nobody's input decides; every other key throws. */
export interface FileStorage {
  put(key: string, bytes: Buffer): Promise<void>
  /** Null when there is nothing under the key. */
  get(key: string): Promise<Buffer | null>
  /** Deleting what is not there is fine. */
  delete(key: string): Promise<void>
}
