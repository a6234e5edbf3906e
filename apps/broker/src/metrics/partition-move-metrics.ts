import type { PartitionMoves } from '../log-dirs/partition-moves.ts'
import type { MetricsRegistry } from './metrics-registry.ts'

/** Lets moves of partitions between log dirs be seen. */
export function addPartitionMoveMetrics(metrics: MetricsRegistry, moves: PartitionMoves): void {
  metrics.gauge(
    'pafka_partition_moves_under_way',
    'Partitions that are moved to another log dir, or wait for that.',
    () => moves.underWay,
  )
  metrics.counter(
    'pafka_partition_moves_total',
    'Partitions that were moved to another log dir.',
    () => moves.figures.moved,
  )
  metrics.counter(
    'pafka_partition_moves_bytes_total',
    'Bytes of partitions that were moved to another log dir.',
    () => moves.figures.bytes,
  )
  metrics.counter(
    'pafka_partition_move_failures_total',
    'Moves of partitions to another log dir that failed: they stayed where they were.',
    () => moves.figures.failed,
  )
}
