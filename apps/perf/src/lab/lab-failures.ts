import type { LabFigures, LabLoad } from './lab-stage.ts'
import { readProblem, sendProblem } from './stage-problem.ts'

/** A sentence for each row without a figure. */
export function failuresOf(all: readonly LabFigures[], { ratePerSecond }: LabLoad): string[] {
  return all.flatMap(({ contestant, burst, steady, read }) => {
    const rows = [
      ['burst', sendProblem(burst)],
      [`${ratePerSecond} records/s`, sendProblem(steady)],
      ['read back', readProblem(read)],
    ]
    return rows.flatMap(([row, problem]) => {
      return problem === undefined ? [] : `${contestant.name}, ${row}: ${problem}`
    })
  })
}
