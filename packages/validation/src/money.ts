import { z } from 'zod'

/** The currencies we take (ISO 4217). */
export const currency = z.enum([
  'AED',
  'AUD',
  'BRL',
  'CAD',
  'CHF',
  'CLP',
  'CNY',
  'COP',
  'CZK',
  'DKK',
  'EUR',
  'GBP',
  'HKD',
  'HUF',
  'IDR',
  'ILS',
  'INR',
  'JPY',
  'KRW',
  'MXN',
  'MYR',
  'NOK',
  'NZD',
  'PHP',
  'PLN',
  'RON',
  'SAR',
  'SEK',
  'SGD',
  'THB',
  'TRY',
  'TWD',
  'USD',
  'ZAR',
])

/** An amount in the currency's smallest unit: an integer from 0 to 2³¹ − 1. */
export const totalCents = z.int().min(0).max(2_147_483_647)
