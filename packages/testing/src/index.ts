export type { Bench } from './bench.ts'
export { ManualClock } from './manual-clock.ts'
export { temporaryFolder } from './temporary-folder.ts'
