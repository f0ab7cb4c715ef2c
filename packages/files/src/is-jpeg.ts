import { isFitImageSize } from './image-size.ts'

// Markers (ITU-T T.81, table B.1).
const startOfImage = 0xd8
const endOfImage = 0xd9
const startOfScan = 0xda

/**
 * Whether the whole of it is JPEG, from SOI to EOI. What follows must be zeros or whole JPEGs again, as
 * cameras add them (CIPA DC-007, Multi-Picture Format).
 */
export function isJpeg(bytes: Buffer): boolean {
  let at = readImage(bytes, 0)
  while (at !== null && at < bytes.length) {
    at = bytes[at] === 0 ? at + 1 : readImage(bytes, at)
  }
  return at !== null
}

/** Where the image that begins here has ended; null when none does. */
function readImage(bytes: Buffer, start: number): number | null {
  if (bytes[start] !== 0xff || bytes[start + 1] !== startOfImage || bytes[start + 2] !== 0xff)
    return null
  let hasFrame = false
  let hasScan = false
  let at = start + 2
  while (at + 2 <= bytes.length) {
    const marker = bytes[at + 1] ?? 0
    if (bytes[at] !== 0xff) return null
    // Any number of 0xff may fill the place before a marker.
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker === endOfImage) return hasFrame && hasScan ? at + 2 : null
    if (marker < 0xc0 || isWithoutData(marker) || at + 4 > bytes.length) return null
    const end = at + 2 + bytes.readUInt16BE(at + 2)
    if (end < at + 4 || end > bytes.length) return null
    if (isFrame(marker)) {
      if (hasFrame || !isFitFrame(bytes.subarray(at + 4, end))) return null
      hasFrame = true
    }
    hasScan ||= marker === startOfScan
    at = marker === startOfScan ? skipScan(bytes, end) : end
  }
  return null
}

const isWithoutData = (marker: number) => marker >= 0xd0 && marker <= 0xd8

const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

/** Precision, then height and width; a height that the scan would tell later is not taken. */
const isFitFrame = (frame: Buffer) =>
  frame.length >= 6 && isFitImageSize(frame.readUInt16BE(3), frame.readUInt16BE(1))

/** The next marker after the compressed data, in which 0xff is followed by 0 or a restart marker. */
function skipScan(bytes: Buffer, start: number): number {
  let at = bytes.indexOf(0xff, start)
  while (at !== -1) {
    const next = bytes[at + 1] ?? -1
    if (next !== 0 && !(next >= 0xd0 && next <= 0xd7)) return at
    at = bytes.indexOf(0xff, at + 2)
  }
  return bytes.length
}
