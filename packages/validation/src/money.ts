import { z } from 'zod'

/** The currencies we deal in (ISO 4217), all of two decimals, so that cents mean cents. */
// biome-ignore format: a list of codes reads better in rows
export const currency = z.enum([
  'AED', 'ARS', 'AUD', 'BRL', 'CAD', 'CHF', 'CNY', 'CZK', 'DKK', 'EGP', 'EUR',
  'GBP', 'HKD', 'ILS', 'INR', 'KES', 'MXN', 'MYR', 'NGN', 'NOK', 'NZD', 'PHP',
  'PLN', 'RON', 'SAR', 'SEK', 'SGD', 'THB', 'TRY', 'TWD', 'UAH', 'USD', 'ZAR',
])

export type Currency = z.infer<typeof currency>

/** An amount in hundredths of its currency, 0 up to 2³¹ − 1. */
export const totalCents = z.int().min(0).max(2_147_483_647)
