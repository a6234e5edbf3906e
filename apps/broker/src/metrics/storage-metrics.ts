import { BucketCounts, SECOND_MS } from '@pafka/base'
import type { LogStore } from '@pafka/log'

import type { MetricsRegistry } from './metrics-registry.ts'

/** What a broker in memory, or one that leaves durability to the page cache, has counted. */
const NONE = new BucketCounts([])

/** Lets the journal of a store be seen; where there is none, all is 0. */
export function addJournalMetrics(metrics: MetricsRegistry, logs: LogStore): void {
  addRingMetrics(metrics, logs)
  const figures = logs.journalFigures
  metrics.histogramOf(
    'pafka_journal_round_write_seconds',
    'Time to write one round of the journal and make it durable.',
    figures?.writeSeconds ?? NONE,
  )
  metrics.histogramOf(
    'pafka_journal_round_bytes',
    'Size of one round of the journal.',
    figures?.roundBytes ?? NONE,
  )
  metrics.histogramOf(
    'pafka_journal_checkpoint_seconds',
    'Time of one checkpoint of the journal: segments are synced, then its space is let go.',
    figures?.checkpointSeconds ?? NONE,
  )
  metrics.counter(
    'pafka_journal_appended_bytes_total',
    'Bytes of record batches that were written to the journal.',
    () => figures?.appendedBytes ?? 0,
  )
}

function addRingMetrics(metrics: MetricsRegistry, logs: LogStore): void {
  metrics.gauge(
    'pafka_journal_used_bytes',
    'Bytes of the journal that no checkpoint lets go of yet.',
    () => logs.journal?.usedBytes ?? 0,
  )
  metrics.gauge(
    'pafka_journal_size_bytes',
    'Bytes that the journal has prepared on its device.',
    () => logs.journal?.preparedBytes ?? 0,
  )
  metrics.gauge(
    'pafka_journal_limit_bytes',
    'Bytes that the journal may grow to.',
    () => logs.journal?.limitBytes ?? 0,
  )
  metrics.gauge(
    'pafka_journal_queued_bytes',
    'Bytes of record batches that wait for a round of the journal, or for its barrier.',
    () => logs.queuedBytes,
  )
  metrics.gauge(
    'pafka_tail_memory_bytes',
    'Memory of what was appended last, which serves readers at the tail.',
    () => logs.journal?.tailBytes ?? 0,
  )
  metrics.gauge(
    'pafka_unstored_bytes',
    'Bytes that are durable in the journal and not in their segments yet.',
    () => logs.journal?.unstoredBytes ?? 0,
  )
}

/** Lets compaction be seen; names are Kafka's where it has one. */
export function addCleanerMetrics(metrics: MetricsRegistry, { cleanerFigures }: LogStore): void {
  metrics.counter(
    'pafka_log_cleaner_passes_total',
    'Passes of the log cleaner that made the clean part of a log grow.',
    () => cleanerFigures.passes,
  )
  metrics.counter(
    'pafka_log_cleaner_seconds_total',
    'Time that the log cleaner worked, its rests included.',
    () => cleanerFigures.durationMs / SECOND_MS,
  )
  metrics.counter(
    'pafka_log_cleaner_read_bytes_total',
    'Bytes that the log cleaner read.',
    () => cleanerFigures.readBytes,
  )
  metrics.counter(
    'pafka_log_cleaner_written_bytes_total',
    'Bytes that the log cleaner wrote.',
    () => cleanerFigures.writtenBytes,
  )
  metrics.counter(
    'pafka_log_cleaner_dropped_records_total',
    'Records that the log cleaner left out.',
    () => cleanerFigures.droppedRecords,
  )
  metrics.gauge(
    'pafka_log_cleaner_uncleanable_partitions_count',
    'Partitions that are not compacted any more, since the log cleaner failed on them.',
    () => cleanerFigures.uncleanableLogs,
  )
  metrics.gauge(
    'pafka_log_cleaner_max_dirty_percent',
    'Share of the dirtiest compacted partition that no pass has seen, when one last looked.',
    () => cleanerFigures.maxDirtyRatio * 100,
  )
}
