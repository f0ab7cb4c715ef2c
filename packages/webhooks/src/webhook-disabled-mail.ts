interface DisabledEndpoint {
  readonly url: string
  readonly reason: string
  /** Of the API, where its owner can enable it. */
  readonly baseUrl: string
}

const causes: Readonly<Record<string, string>> = {
  gone: 'it answered 410 Gone',
  failing: 'it has taken nothing for 5 days',
}

/** What an organization's owners are told of an endpoint that was disabled: its host alone, since the rest may be a secret. */
export const webhookDisabledMail = ({ url, reason, baseUrl }: DisabledEndpoint) => ({
  subject: 'A webhook endpoint of your organization was disabled',
  text: [
    `Nothing is sent to the webhook endpoint at ${new URL(url).host} any more, since ${causes[reason] ?? 'it fails'}.`,
    'Once it is mended, enable it again; what it missed can be sent again from its list of deliveries for 30 days.',
    baseUrl,
  ].join('\n\n'),
})
