/** The largest int64 as a number: 2^63, which is written as 2^63 - 1. */
export const MAX_INT64: number = 2 ** 63
