import { ConfigError, SECOND_MS } from '@pafka/base'

/** When each record of a run is due, from its beginning on. What is late is late from then. */
export interface Schedule {
  /** @returns how many records are due by then */
  dueBy(elapsedMs: number): number
  /** @returns milliseconds from the beginning, of the record with this index */
  dueMs(index: number): number
}

/** So many records a second, evenly. */
export function steadySchedule(ratePerSecond: number): Schedule {
  return {
    dueBy: (elapsedMs) => Math.floor((elapsedMs * ratePerSecond) / SECOND_MS) + 1,
    dueMs: (index) => (index * SECOND_MS) / ratePerSecond,
  }
}

/** One rate after the other, for `stepMs` each, and from the first again. */
export function steppedSchedule(ratesPerSecond: readonly number[], stepMs: number): Schedule {
  const counts = ratesPerSecond.map((rate) => (rate * stepMs) / SECOND_MS)
  const ofRound = counts.reduce((sum, count) => sum + count, 0)
  return {
    dueBy(elapsedMs) {
      const round = Math.floor(elapsedMs / (stepMs * counts.length))
      let [due, leftMs] = [round * ofRound, elapsedMs - round * stepMs * counts.length]
      for (const count of counts) {
        due += count * Math.min(1, leftMs / stepMs)
        leftMs -= stepMs
        if (leftMs <= 0) break
      }
      return Math.floor(due) + 1
    },
    dueMs(index) {
      const round = Math.floor(index / ofRound)
      let [left, ms] = [index - round * ofRound, round * stepMs * counts.length]
      for (const count of counts) {
        if (left < count) return ms + (left / count) * stepMs
        left -= count
        ms += stepMs
      }
      return ms
    },
  }
}

/**
 * `-1`: none, as fast as it goes. `5000`: so many a second. `1000,5000,9000`: each for `stepMs`.
 * `1000:5000:9000`: the lowest, the average, the highest, and the average again, in turns.
 * @throws {ConfigError}
 */
export function parseRate(spec: string, stepMs: number): Schedule | undefined {
  const rates = spec.split(/[,:]/u).map(Number)
  const [first = 0, second = 0, third = 0] = rates
  if (rates.length === 1 && first < 0) return undefined
  const isTurns = spec.includes(':')
  const isOrdered = first <= second && second <= third
  const isRight = isTurns ? rates.length === 3 && !spec.includes(',') && isOrdered : true
  if (!isRight || !rates.every((rate) => rate > 0 && Number.isFinite(rate))) {
    throw new ConfigError([`throughput: ${spec} is none of -1, RATE, RATE,RATE..., MIN:AVG:MAX`])
  }
  if (rates.length === 1) return steadySchedule(first)
  return steppedSchedule(isTurns ? [first, second, third, second] : rates, stepMs)
}
