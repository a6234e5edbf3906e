export { openTelemetry, type OpenTelemetryOptions } from './open-telemetry.ts'
export { contextOf, linksOf, type TracedRecord } from './record-context.ts'
