import type { TierPath } from '@pafka/log'
import {
  BudgetRate,
  type Move,
  type PhasesBefore,
  planMoves,
  SegmentIndex,
  urgencyOf,
} from '@pafka/migrator'

import type { NodeLog } from './node-log.ts'
import type { Scenario } from './scenario.ts'

export interface NodePath extends TierPath {
  usedBytes: number
  /** Of these, what goes by itself: it is deleted. */
  retiringBytes: number
}

interface MoveUnderWay {
  readonly move: Move
  leftBytes: number
}

const NOWHERE: ReadonlySet<string> = new Set()
/** Plans in a step at most: smaller moves than that wait for the next. */
const MOST_PLANS = 200

/** The policy and the budget of the broker, over devices that are rates. */
export class SimulatedMigration {
  readonly index: SegmentIndex
  readonly budget: BudgetRate
  excessBytes = 0
  movedBytes = 0
  readonly #scenario: Scenario
  readonly #paths: readonly NodePath[]
  readonly #log: NodeLog
  readonly #underWay: MoveUnderWay[] = []
  #before: PhasesBefore = { phases: [], draining: NOWHERE }

  constructor(scenario: Scenario, paths: readonly NodePath[], log: NodeLog) {
    this.#scenario = scenario
    this.#paths = paths
    this.#log = log
    this.index = new SegmentIndex(scenario.tiers.map(({ name }) => name))
    this.budget = new BudgetRate({ limitBytesPerSecond: scenario.moveRate })
  }

  /**
   * @param free shares of each device's time that readers and producers leave
   * @returns bytes moved, by the tier they were read from
   */
  step(stepMs: number, nowMs: number, free: readonly number[]): number[] {
    const movedFrom = this.#paths.map(() => 0)
    let leftSeconds = stepMs / 1000
    this.budget.urge(urgencyOf(this.#paths, this.#scenario.policy.threshold))
    for (let plans = 0; plans < MOST_PLANS && leftSeconds > 0; plans++) {
      this.#plan()
      if (this.#underWay.length === 0) break
      const share = 1 / this.#underWay.length
      const rates = this.#underWay.map(({ move }) => this.#rateOf(move, free) * share)
      const total = rates.reduce((sum, rate) => sum + rate, 0)
      const slowed = Math.min(1, this.budget.bytesPerSecond / total)
      const ends = this.#underWay.map(
        ({ leftBytes }, at) => leftBytes / ((rates[at] ?? 1) * slowed),
      )
      const seconds = Math.min(leftSeconds, ...ends)
      leftSeconds -= seconds
      for (const [at, underWay] of this.#underWay.entries()) {
        const bytes = Math.min(underWay.leftBytes, (rates[at] ?? 0) * slowed * seconds)
        underWay.leftBytes -= bytes
        this.movedBytes += bytes
        const from = Number(underWay.move.segment.pathId)
        movedFrom[from] = (movedFrom[from] ?? 0) + bytes
      }
      this.#end(nowMs)
    }
    return movedFrom
  }

  #plan(): void {
    const { policy, tiers, threads } = this.#scenario
    const plan = planMoves({
      ...{ tiers: tiers.map(({ name }) => name), paths: this.#paths, segments: this.index },
      ...{ ...this.#before, options: policy, limit: threads - this.#underWay.length },
      underWay: this.#underWay.map(({ move }) => move),
      retiringBytes: (pathId) => this.#paths[Number(pathId)]?.retiringBytes ?? 0,
      avoided: { from: NOWHERE, to: NOWHERE },
    })
    this.#before = plan
    this.excessBytes = plan.excessBytes.reduce((sum, bytes) => sum + bytes, 0)
    for (const move of plan.moves) {
      this.index.remove(move.segment)
      this.#underWay.push({ move, leftBytes: move.segment.sizeBytes })
    }
  }

  /** Bytes per second that a move gets: it is read there, written here, and read back. */
  #rateOf({ segment, toPathId }: Move, free: readonly number[]): number {
    const [from, to] = [Number(segment.pathId), Number(toPathId)]
    const [source, target] = [this.#scenario.tiers[from], this.#scenario.tiers[to]]
    if (source === undefined || target === undefined) return 1
    const reading = source.readRate * Math.max(0.01, free[from] ?? 0)
    const writing = 1 / (1 / target.writeRate + 1 / target.readRate)
    return Math.min(reading, writing * Math.max(0.01, free[to] ?? 0))
  }

  #end(nowMs: number): void {
    for (let at = this.#underWay.length - 1; at >= 0; at--) {
      const { move, leftBytes } = this.#underWay[at] as MoveUnderWay
      if (leftBytes > 1e-3) continue
      this.#underWay.splice(at, 1)
      const found = this.#log.at(move.segment.baseOffset)
      if (found === undefined || found.isDeleted) continue // retention was faster
      const { sizeBytes, pathId } = move.segment
      const [from, to] = [this.#paths[Number(pathId)], this.#paths[Number(move.toPathId)]]
      if (from !== undefined) from.usedBytes -= sizeBytes
      if (to !== undefined) to.usedBytes += sizeBytes
      found.segment = { ...found.segment, pathId: move.toPathId }
      this.index.put(found.segment, {}, nowMs)
    }
  }
}
