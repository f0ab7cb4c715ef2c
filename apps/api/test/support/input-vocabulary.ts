import {
  calendarDate,
  countryCode,
  dateRange,
  email,
  fileName,
  locale,
  moment,
  name,
  phone,
  richText,
  slug,
  text,
  timeZone,
  webUrl,
} from '@repo/validation'
import { z } from 'zod'
import { publicProcedure } from '../../src/procedures/doors.ts'
import { rest } from '../../src/procedures/rest.ts'
import { router } from '../../src/procedures/trpc.ts'

const fields = {
  ...{ slug, webUrl, phone, locale, countryCode, timeZone, day: calendarDate, moment },
  ...{
    range: dateRange({ maxDays: 31 }),
    body: richText(1_000),
    email,
    name,
    fileName,
    note: text(500),
  },
}

/** A router of one procedure that takes each kind of input and answers with what it took. */
export const vocabularyRouter = router({
  things: router({
    create: publicProcedure('standard')
      .meta(rest('POST /things', 'Create a thing'))
      .meta({ holdsSecret: false })
      .input(z.strictObject(fields))
      .output(z.object(fields))
      .mutation(({ input }) => input),
  }),
})

/** One that is fine, in spellings that are not the kept ones. */
export const thing = {
  slug: 'acme-2',
  webUrl: 'https://BÜCHER.example/ab',
  phone: '+4930123456',
  locale: 'en-us',
  countryCode: 'DE',
  timeZone: 'europe/berlin',
  day: '2026-11-27',
  moment: '2026-11-27T10:00:00+01:00',
  range: { from: '2026-11-01', to: '2026-11-30' },
  body: [{ type: 'paragraph', content: [{ text: '<b>', link: 'https://example.com' }] }],
  email: 'Alice@Example.com',
  name: 'Zoe\u0301',
  fileName: 'a\u0301.png',
  note: ' <script> Zoe\u0301 ',
}

/** The same as it is kept: equal things in one spelling, free text as it came. */
export const keptThing = {
  ...thing,
  webUrl: 'https://xn--bcher-kva.example/ab',
  locale: 'en-US',
  timeZone: 'Europe/Berlin',
  body: [{ type: 'paragraph', content: [{ text: '<b>', link: 'https://example.com/' }] }],
  email: 'alice@example.com',
  name: 'Zo\u00e9',
  fileName: '\u00e1.png',
}
