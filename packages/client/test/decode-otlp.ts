import protobuf from 'protobufjs'

/** As opentelemetry/proto/metrics/v1/metrics.proto has it, but for kinds that nobody writes. */
const PROTO = `
  syntax = "proto3";
  message MetricsData { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
  message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
  message ScopeMetrics { repeated Metric metrics = 2; string schema_url = 3; }
  message Metric {
    string name = 1; string description = 2; string unit = 3;
    oneof data { Gauge gauge = 5; Sum sum = 7; }
  }
  message Gauge { repeated NumberDataPoint data_points = 1; }
  message Sum {
    repeated NumberDataPoint data_points = 1;
    AggregationTemporality aggregation_temporality = 2; bool is_monotonic = 3;
  }
  enum AggregationTemporality { UNSPECIFIED = 0; DELTA = 1; CUMULATIVE = 2; }
  message NumberDataPoint {
    repeated KeyValue attributes = 7; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
    oneof value { double as_double = 4; sfixed64 as_int = 6; }
    uint32 flags = 8;
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; } }
`
const metricsData = protobuf.parse(PROTO, { keepCase: true }).root.lookupType('MetricsData')

export interface DecodedPoint {
  readonly attributes?: readonly { key: string; value: { string_value: string } }[]
  readonly as_double: number
  readonly start_time_unix_nano?: string
}

export interface DecodedMetric {
  readonly name: string
  readonly gauge?: { readonly data_points: readonly DecodedPoint[] }
  readonly sum?: {
    readonly data_points: readonly DecodedPoint[]
    readonly aggregation_temporality: string
  }
}

export interface DecodedMetrics {
  readonly resource_metrics?: readonly {
    readonly scope_metrics: readonly { readonly metrics: readonly DecodedMetric[] }[]
  }[]
}

/** By a reader of Protocol Buffers that is not ours. */
export function decodeOtlp(bytes: Uint8Array): DecodedMetrics {
  const message = metricsData.decode(bytes)
  return metricsData.toObject(message, { longs: String, enums: String })
}
