/** Whether text is Unicode that can be stored: no NUL (Postgres refuses it), no lone surrogate. */
export const isWellFormed = (text: string): boolean => text.isWellFormed() && !text.includes('\0')
