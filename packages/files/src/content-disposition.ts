import { type MediaType, mediaTypes } from './media-type.ts'

/**
 * `attachment` under a name that says what the content is: `evil.exe` that is a picture becomes
 * `evil.exe.png`. For old readers in ASCII, for all others in UTF-8 (RFC 6266, RFC 8187).
 */
export function contentDisposition(name: string, mediaType: MediaType): string {
  const extensions: readonly string[] = mediaTypes[mediaType]
  const extension = name.split('.').slice(1).at(-1)?.toLowerCase() ?? ''
  const fullName = extensions.includes(extension) ? name : `${name}.${extensions[0]}`
  const ascii = fullName.replaceAll(/[^ !#$&+\-.^\w`|~]/gu, '_')
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeExtended(fullName)}`
}

// encodeURIComponent leaves five characters that attr-char does not have (RFC 8187, section 3.2.1).
const encodeExtended = (text: string) =>
  encodeURIComponent(text.toWellFormed()).replaceAll(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
