/** Whether a REST token was made by the embedded gateway, which production must refuse. */
export function isEmbeddedToken(token: string): boolean {
  return token.startsWith('embedded-')
}
