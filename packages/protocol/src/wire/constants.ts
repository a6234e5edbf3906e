/** The largest int64 as a number: 2^63, which is written as 2^63 - 1. */
export const MAX_INT64: number = 2 ** 63
/** The longest string, in UTF-8: its length was 16 bits before compact strings, and stayed so. */
export const MAX_STRING_BYTES: number = 0x7fff
