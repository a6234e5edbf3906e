export { Latencies } from './measure/latencies.ts'
