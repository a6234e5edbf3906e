import type { PointFigures } from '../sweep/point-run.ts'
import type { ReadBack } from './read-back.ts'

/** @returns why a producer test came to no figure; undefined when it did */
export function sendProblem({ records, failed, problem }: PointFigures): string | undefined {
  if (failed > 0) {
    return `${failed} records FAILED, ${records} were acknowledged: ${problem ?? 'nobody said why'}`
  }
  return records === 0 ? 'FAILED: nothing was acknowledged' : undefined
}

/** @param read undefined after a burst that failed */
export function readProblem(read: ReadBack | undefined): string | undefined {
  return read === undefined ? 'not measured, as the burst failed' : read.problem
}
