const header = /^%PDF-(?:1\.[0-7]|2\.0)[\r\n \t%]/
// Nothing but an end of line, or the padding of a careless writer, may follow the last %%EOF.
const ending = /startxref\s{1,8}\d{1,10}\s{1,8}%%EOF[\s\0]{0,64}$/
const endBytes = 256

/** Whether it begins as a PDF in its first byte and ends as one in its last (ISO 32000-2, section 7.5). */
export function isPdf(bytes: Buffer): boolean {
  return (
    header.test(bytes.toString('latin1', 0, 16)) &&
    ending.test(bytes.subarray(-endBytes).toString('latin1'))
  )
}
