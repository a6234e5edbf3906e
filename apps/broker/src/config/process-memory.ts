import { totalmem } from 'node:os'

/** Of the machine, or less where a control group bounds it; without one the bound is 0 or huge. */
export function processMemoryBytes(): number {
  const boundBytes = process.constrainedMemory()
  const machineBytes = totalmem()
  return boundBytes > 0 && boundBytes < machineBytes ? boundBytes : machineBytes
}
