/** Control characters, line and paragraph separators, and what reverses the text after it (UAX #9). */
export const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u

const ranges = '\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069'

/** As a published pattern: a line without any of them, and without white space around it. */
export const printableLine = `^[^\\s${ranges}]([^${ranges}]*[^\\s${ranges}])?$`
