import { AppendGate } from './append-gate.ts'
import type { LoadPoint } from './load.ts'
import { heated, NodeLog } from './node-log.ts'
import type { NodeSeries } from './node-series.ts'
import type { Scenario } from './scenario.ts'
import { type NodePath, SimulatedMigration } from './simulated-migration.ts'

/** `file.delete.delay.ms`: what is deleted takes room for so long. */
const DELETE_DELAY_MS = 60_000
/** Readers at the tail are so far behind. */
const TAIL_LAG_S = 2
/** A segment is hot from so many times its size on; see the policy. */
const HOT_PASSES = 2

/** One broker: a log over tiers, second by second, with the broker's own policy. */
export class SimulatedNode {
  readonly #scenario: Scenario
  readonly #share: number
  readonly #series: NodeSeries
  readonly #paths: NodePath[]
  readonly #log = new NodeLog()
  readonly #migration: SimulatedMigration
  readonly #gate: AppendGate
  #active = { path: -1, bytes: 0 }
  /** Deleted, and not gone yet; in order. */
  readonly #retiring: { readonly dueMs: number; readonly pathId: string; bytes: number }[] = []
  #isGiving = false
  #queuedBytes = 0
  #producedBytes = 0
  /** Of the fastest tier, so far: moved away, or deleted. */
  #takenBytes = 0
  /** Seconds of each device's time that were used in this step. */
  #busy: number[]

  /** @param share of the whole load */
  constructor(scenario: Scenario, share: number, series: NodeSeries) {
    this.#scenario = scenario
    this.#share = share
    this.#series = series
    this.#paths = scenario.tiers.map(({ name, capacityBytes }, tier) => ({
      ...{ id: String(tier), path: name, tier, capacityBytes, usedBytes: 0, isOnline: true },
      ...{ isAppended: tier === 0, retiringBytes: 0 },
    }))
    this.#busy = scenario.tiers.map(() => 0)
    this.#migration = new SimulatedMigration(scenario, this.#paths, this.#log)
    this.#gate = new AppendGate(scenario, this.#paths)
  }

  step(load: LoadPoint, nowMs: number, bucket: number): void {
    const { stepMs } = this.#scenario
    const seconds = stepMs / 1000
    const producedBefore = this.#producedBytes
    this.#expire(nowMs)
    const free = this.#busy.map((busy) => Math.max(0, 1 - busy / seconds))
    this.#busy = this.#busy.map(() => 0)
    this.#migrate(nowMs, free, bucket)
    for (let second = 0; second < seconds; second++) {
      this.#produce(load.produceRate * this.#share, nowMs + second * 1000, bucket)
    }
    this.#read(load, nowMs, bucket)
    const use = Math.min(0.98, (this.#busy[0] ?? 0) / seconds)
    this.#migration.budget.observe(
      {
        ...{ tickMs: stepMs, latencyMs: 1 / (1 - use) },
        committedBytes: this.#producedBytes - producedBefore,
      },
      this.#migration.movedBytes,
    )
    this.#migration.movedBytes = 0
    const fast = this.#paths[0] as NodePath
    this.#note(bucket, 'seconds', seconds)
    this.#note(bucket, 'fastFill', (seconds * fast.usedBytes) / fast.capacityBytes)
    const retiring = this.#paths.reduce((sum, { retiringBytes }) => sum + retiringBytes, 0)
    this.#note(bucket, 'retiring', seconds * retiring)
    this.#note(bucket, 'backlog', seconds * this.#migration.excessBytes)
    this.#note(bucket, 'queued', seconds * this.#queuedBytes)
  }

  #note(...added: Parameters<NodeSeries['add']>): void {
    this.#series.add(...added)
  }

  #expire(nowMs: number): void {
    for (let due = this.#retiring[0]; due !== undefined && due.dueMs <= nowMs;) {
      this.#free(due.pathId, due.bytes)
      this.#retiring.shift()
      due = this.#retiring[0]
    }
    const beforeMs = nowMs - this.#scenario.retentionMs
    for (;;) {
      const oldest = this.#log.expired(beforeMs)
      if (oldest === undefined) return
      const { pathId, sizeBytes: bytes } = oldest.segment
      const path = this.#paths[Number(pathId)]
      if (path !== undefined) path.retiringBytes += bytes
      this.#retiring.push({ dueMs: nowMs + DELETE_DELAY_MS, pathId, bytes })
      this.#migration.index.remove(oldest.segment)
      this.#log.deleteOldest()
    }
  }

  #free(pathId: string, bytes: number): void {
    const path = this.#paths[Number(pathId)]
    if (path === undefined) return
    path.usedBytes -= bytes
    path.retiringBytes -= bytes
    if (path.tier === 0) this.#takenBytes += bytes
  }

  #migrate(nowMs: number, free: readonly number[], bucket: number): void {
    const fast = this.#paths[0] as NodePath
    const before = fast.usedBytes
    const movedFrom = this.#migration.step(this.#scenario.stepMs, nowMs, free)
    this.#takenBytes += before - fast.usedBytes
    this.#isGiving = (movedFrom[0] ?? 0) > 0
    for (const [tier, bytes] of movedFrom.entries()) {
      this.#busy[tier] =
        (this.#busy[tier] ?? 0) + bytes / (this.#scenario.tiers[tier]?.readRate ?? 1)
      this.#note(bucket, 'moved', bytes)
    }
  }

  #produce(demandBytes: number, nowMs: number, bucket: number): void {
    const { tiers } = this.#scenario
    const wanted = demandBytes + this.#queuedBytes
    const sent = Math.min(wanted, tiers[0]?.writeRate ?? 0) * this.#gate.slowing()
    const taken = this.#place(sent, nowMs)
    this.#queuedBytes = wanted - taken
    this.#producedBytes += taken
    this.#note(bucket, 'offered', demandBytes)
    this.#note(bucket, 'produced', taken)
    const { path } = this.#active
    if (path > 0) this.#note(bucket, 'spilled', taken)
    this.#busy[0] = (this.#busy[0] ?? 0) + taken / (tiers[0]?.writeRate ?? 1)
    if (path > 0) {
      this.#busy[path] = (this.#busy[path] ?? 0) + taken / (tiers[path]?.writeRate ?? 1)
    }
    if (this.#active.bytes >= this.#scenario.segmentBytes) this.#seal(nowMs)
    const isRefused = this.#gate.isRefusing || !this.#gate.isHeld
    if (taken === 0 && wanted > 0) this.#note(bucket, isRefused ? 'refused' : 'held', 1)
    this.#gate.observe({ nowMs, takenBytes: this.#takenBytes, isGiving: this.#isGiving })
    this.#note(bucket, 'pressure', this.#gate.pressure)
    if (this.#gate.isSlowed) this.#note(bucket, 'slowed', 1)
  }

  /** @returns bytes that found room */
  #place(bytes: number, nowMs: number): number {
    if (bytes === 0) return 0
    const gate = this.#gate
    if (this.#active.bytes > 0 && gate.leaves(this.#active.path)) this.#seal(nowMs)
    if (this.#active.path < 0) {
      this.#active = { path: gate.placeOf(this.#scenario.segmentBytes), bytes: 0 }
    }
    const active = this.#paths[this.#active.path]
    if (active === undefined) return 0
    const taken = Math.min(bytes, gate.roomOn(this.#active.path))
    active.usedBytes += taken
    this.#active.bytes += taken
    return taken
  }

  #seal(nowMs: number): void {
    const { path, bytes } = this.#active
    this.#migration.index.put(this.#log.seal(String(path), bytes, nowMs), {}, nowMs)
    this.#active = { path: -1, bytes: 0 }
  }

  #read(load: LoadPoint, nowMs: number, bucket: number): void {
    const { memoryBytes, stepMs } = this.#scenario
    const seconds = stepMs / 1000
    const tailBytes = load.tailRate * this.#share * seconds
    const lagBytes = load.produceRate * this.#share * TAIL_LAG_S
    const inMemory = tailBytes * Math.min(1, memoryBytes / Math.max(1, lagBytes))
    this.#note(bucket, 'fromMemory', inMemory)
    this.#serve(Math.max(0, this.#active.path), tailBytes - inMemory, bucket)
    const replayBytes = load.replayRate * this.#share * seconds
    if (replayBytes === 0) return
    const found = this.#log.segmentOf(nowMs - load.replayAgeMs)
    const newerBytes = load.replayAgeMs * (load.produceRate / 1000) * this.#share
    if (found === undefined || newerBytes < memoryBytes) {
      this.#note(bucket, 'fromMemory', replayBytes)
      return
    }
    this.#serve(Number(found.segment.pathId), replayBytes, bucket)
    const heatBytes = heated(found, replayBytes, nowMs)
    const { segment } = found
    if (heatBytes < HOT_PASSES * segment.sizeBytes) return
    if (this.#migration.index.get(segment) === undefined) return // it is being moved
    this.#migration.index.put({ ...segment, heatBytes }, {}, nowMs)
  }

  /** What a device cannot give in the time, readers wait for. */
  #serve(tier: number, bytes: number, bucket: number): void {
    const readRate = this.#scenario.tiers[tier]?.readRate ?? 1
    const served = Math.min(bytes, (readRate * this.#scenario.stepMs) / 1000)
    this.#busy[tier] = (this.#busy[tier] ?? 0) + served / readRate
    this.#note(bucket, tier === 0 ? 'fromFast' : 'fromSlow', served)
    this.#note(bucket, 'lateReads', bytes - served)
  }
}
