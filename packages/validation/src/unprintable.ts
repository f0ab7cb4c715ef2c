/** Control characters, line and paragraph separators, and what reverses the text after it (UAX #9). */
export const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u
