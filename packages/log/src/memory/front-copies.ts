/** Fewer entries that are gone are not worth a copy of the rest. */
const LEAST_GONE = 16

/**
 * Whether a list is to be copied without its first entries, which are gone: when they are most of
 * it, so that a long list is not copied over and over, and when nothing is left.
 */
export function isCopyDue(gone: number, count: number): boolean {
  return gone === count || (gone >= LEAST_GONE && gone * 2 > count)
}
