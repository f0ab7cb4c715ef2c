/** A failed hand-over, told without what the server said: a reply may quote the mail. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly code: string
  readonly permanent: boolean

  constructor(message: string, options: { readonly code: string; readonly permanent: boolean }) {
    super(message)
    this.code = options.code
    this.permanent = options.permanent
  }
}
