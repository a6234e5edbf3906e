import { MIB } from '@pafka/base'

import { isWithin } from '../files/is-within.ts'
import { UNKNOWN_SPACE } from '../files/space.ts'
import type { JournalOptions } from '../journal/journal-options.ts'
import type { StoreState } from './store-state.ts'

/** Part of a path that its journal may have: it never leaves, and segments need room. */
const PART = 8
/** So much may be more than that, as large batches need it, but not than a larger part. */
const LEAST_BYTES = 16 * MIB
const LARGEST_PART = 4

/** Bytes that the ring may grow to: on a path of a tier no more than that can do without. */
export async function journalLimit(
  { resolved, spaceOf }: StoreState,
  { folder, limitBytes }: JournalOptions,
): Promise<number> {
  const paths = resolved.tiers.flatMap((tier) => tier.paths)
  const found = paths.find(({ path }) => isWithin(folder, path))
  if (found === undefined) return limitBytes
  const { totalBytes } = await spaceOf(found.path).catch(() => UNKNOWN_SPACE)
  if (totalBytes < 0) return limitBytes
  const mostBytes = Math.max(totalBytes / PART, Math.min(LEAST_BYTES, totalBytes / LARGEST_PART))
  return Math.min(limitBytes, Math.floor(mostBytes))
}
