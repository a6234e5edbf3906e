import type { PartFigures } from './point-part.ts'

/** To the thread of a part. */
export type PartOrder =
  /** @param startMs by `monotonicMs` */
  | { readonly kind: 'send'; readonly startMs: number }
  | { readonly kind: 'read'; readonly recordsOf: readonly number[] }
  /** What it is at ends early. */
  | { readonly kind: 'stop' }
  /** The last one. */
  | { readonly kind: 'end' }

/** Histograms as `Latencies.encode`. */
export type PartReport =
  | { readonly kind: 'prepared' }
  | {
      readonly kind: 'sent'
      readonly figures: Omit<PartFigures, 'latencies'>
      readonly latencies: string
    }
  | { readonly kind: 'read'; readonly busyShare: number; readonly latencies: string }
  | { readonly kind: 'failed'; readonly problem: string }
