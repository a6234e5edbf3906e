export { ownVersion } from './own-version.ts'
export { type ProcessIo, runProcess } from './run-process.ts'
export { type CommandContext, runProgram } from './run-program.ts'
export { bitsHint, decimalBytes, parseBytes, parseTime, percent, timeText } from './quantity.ts'
