import type { ClientMetrics } from '../watch/client-metrics.ts'
import type { Attribute, MetricPoint } from './otlp-metrics.ts'
import type { Durations, RequestMeasure, RequestRole } from './request-measure.ts'

const PREFIX = 'org.apache.kafka.'

/** What points are made of. */
export interface PointSources {
  readonly metrics: ClientMetrics
  /** Connections that were made so far. */
  readonly connections: number
  /** As which the client was used so far. */
  readonly roles: readonly RequestRole[]
  /** Undefined before anything was measured. */
  readonly measure: RequestMeasure | undefined
  /** Connections a second, since the push before. */
  readonly connectionRate: number
  /** Of a broker, by its `host:port`; undefined for one that is not of the cluster. */
  readonly nodeId: (broker: string) => number | undefined
}

/**
 * All that is known, by the names of KIP-714 and of Kafka's own metrics; what there is many of
 * comes last.
 */
export function metricPoints(sources: PointSources): MetricPoint[] {
  const { roles, metrics, measure } = sources
  const points = roles.flatMap((role) => connectionPoints(role, sources))
  if (roles.includes('producer')) points.push(...producerPoints(metrics, measure))
  if (roles.includes('consumer')) points.push(...consumerPoints(metrics, measure))
  for (const role of roles) points.push(...nodePoints(role, sources))
  if (roles.includes('consumer')) points.push(...lagPoints(metrics))
  return points
}

/** Producers and consumers of a client share most connections: each has all of them. */
function connectionPoints(
  role: RequestRole,
  { connections, connectionRate }: PointSources,
): MetricPoint[] {
  return [
    sum(`${role}.connection.creation.total`, connections),
    gauge(`${role}.connection.creation.rate`, connectionRate),
  ]
}

function producerPoints(
  { producer }: ClientMetrics,
  measure: RequestMeasure | undefined,
): MetricPoint[] {
  return [
    sum('producer.record.send.total', producer.records),
    sum('producer.record.error.total', producer.failedRecords),
    ...durationPoints('producer.record.queue.time', measure?.queues),
    ...durationPoints('producer.produce.throttle.time', measure?.produceThrottles),
  ]
}

function consumerPoints(
  { consumer }: ClientMetrics,
  measure: RequestMeasure | undefined,
): MetricPoint[] {
  const assigned = consumer.lag.filter(({ groupId }) => groupId !== undefined)
  return [
    sum('consumer.fetch.manager.records.consumed.total', consumer.records),
    sum('consumer.fetch.manager.bytes.consumed.total', consumer.bytes),
    sum('consumer.coordinator.commit.total', consumer.commits),
    gauge('consumer.coordinator.assigned.partitions', assigned.length),
    ...durationPoints('consumer.fetch.manager.fetch.latency', measure?.fetches),
    ...durationPoints('consumer.coordinator.commit.latency', measure?.commits),
  ]
}

function nodePoints(role: RequestRole, { measure, nodeId }: PointSources): MetricPoint[] {
  return Array.from(measure?.nodes[role] ?? []).flatMap(([broker, durations]) => {
    const id = nodeId(broker)
    if (id === undefined) return []
    return durationPoints(`${role}.node.request.latency`, durations, [['node_id', String(id)]])
  })
}

function lagPoints({ consumer }: ClientMetrics): MetricPoint[] {
  return consumer.lag.map(({ topic, partition, groupId, records }) => {
    const ofGroup = groupId === undefined ? [] : [['group_id', groupId] as const]
    const about: Attribute[] = [['topic', topic], ['partition', String(partition)], ...ofGroup]
    return gauge('consumer.fetch.manager.records.lag', records, about)
  })
}

/** None, where nothing was measured: an average of nothing is no number. */
function durationPoints(
  name: string,
  durations: Durations | undefined,
  attributes: readonly Attribute[] = [],
): MetricPoint[] {
  if (durations === undefined || durations.count === 0) return []
  const { count, totalMs, mostMs } = durations
  return [
    gauge(`${name}.avg`, totalMs / count, attributes),
    gauge(`${name}.max`, mostMs, attributes),
  ]
}

function sum(name: string, value: number): MetricPoint {
  return { name: `${PREFIX}${name}`, kind: 'sum', value }
}

function gauge(name: string, value: number, attributes: readonly Attribute[] = []): MetricPoint {
  return { name: `${PREFIX}${name}`, kind: 'gauge', value, attributes }
}
