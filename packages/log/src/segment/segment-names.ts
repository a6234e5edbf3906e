import { join } from 'node:path'

/** Files of one segment. `snapshot` is the producer state at its base offset. */
export type SegmentFileKind = 'log' | 'index' | 'timeindex' | 'txnindex' | 'snapshot'
/**
 * A file on its way out (`deleted`), being written by the cleaner, about to replace one, kept until
 * the journal has brought back what it has (`beyond`), or being copied from another tier.
 */
export type SegmentFileSuffix = '' | '.deleted' | '.cleaned' | '.swap' | '.beyond' | '.copy'

export interface SegmentFileName {
  readonly baseOffset: number
  readonly kind: SegmentFileKind
  readonly suffix: SegmentFileSuffix
}

const NAME =
  /^(\d{20})\.(log|index|timeindex|txnindex|snapshot)(\.deleted|\.cleaned|\.swap|\.beyond|\.copy)?$/

/** Kafka's names: 20 digits. Source: Kafka `LogFileUtils.java`. */
export function segmentPath(
  folder: string,
  baseOffset: number,
  kind: SegmentFileKind,
  suffix: SegmentFileSuffix = '',
): string {
  return join(folder, `${String(baseOffset).padStart(20, '0')}.${kind}${suffix}`)
}

/** Undefined for any other file. */
export function parseSegmentName(name: string): SegmentFileName | undefined {
  const found = NAME.exec(name)
  if (found === null) return undefined
  return {
    baseOffset: Number(found[1]),
    kind: found[2] as SegmentFileKind,
    suffix: (found[3] ?? '') as SegmentFileSuffix,
  }
}
