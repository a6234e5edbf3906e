export type { Bench } from './bench.ts'
export { type Fuzz, mutated } from './fuzz.ts'
export { ManualClock } from './manual-clock.ts'
export { temporaryFolder } from './temporary-folder.ts'
