export { dumpLog, type DumpLogOptions } from './dump/dump-log.ts'
export type { WriteText } from './dump/dump-output.ts'
