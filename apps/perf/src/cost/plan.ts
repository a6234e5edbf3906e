import { SECOND_MS } from '@pafka/base'

import type { Contestant } from './contestant.ts'
import { type Drive, type Machine, sum } from './price-list.ts'

/** What is asked of all machines together. */
export interface Demand {
  /** Bytes a second that producers send, each counted once. */
  readonly targetRate: number
  /** How often each byte is read. */
  readonly fanOut: number
  /** Copies of each byte, the first one included. */
  readonly replicationFactor: number
  /** How long each byte is kept; undefined when storage is not looked at. */
  readonly retentionMs: number | undefined
  /** Which share of a rate or of a drive is used. */
  readonly headroom: number
}

export type LimitName =
  | 'produce'
  | 'consume'
  | 'network in'
  | 'network out'
  | 'storage'
  | 'replication'

/** How many machines it takes if there were nothing but this. */
export interface Limit {
  readonly name: LimitName
  readonly machines: number
}

/** Drives that are bought or rented besides those that machines come with. */
export interface AddedDrives {
  readonly drive: Drive
  /** Of all machines: devices, or GB. */
  readonly count: number
}

/** What it takes to meet a demand. */
export interface Plan {
  readonly contestant: Contestant
  /** What it is bought as; undefined when nothing says that. */
  readonly machine: Machine | undefined
  readonly limits: readonly Limit[]
  readonly machines: number
  /** The limits that ask for as many machines; more than one when they ask for the same. */
  readonly boundBy: readonly LimitName[]
  readonly addedDrives: AddedDrives | undefined
  /** To buy; undefined when the list has no price for that. */
  readonly bought: number | undefined
  readonly perMonth: number | undefined
}

/** Rounding of doubles may not cost a machine. */
const SLACK = 1 - 1e-12

export function planOf(contestant: Contestant, machine: Machine | undefined, demand: Demand): Plan {
  const limits = limitsOf(contestant, machine, demand)
  const machines = Math.max(1, ...limits.map((limit) => limit.machines))
  const addedDrives = addedDrivesOf(machine, machines, demand)
  const { drive, count = 0 } = addedDrives ?? {}
  return {
    ...{ contestant, machine, limits, machines, addedDrives },
    boundBy: limits.filter((limit) => limit.machines === machines).map(({ name }) => name),
    bought: sum(times(machines, machine?.price), times(count, drive?.price)),
    perMonth: sum(times(machines, machine?.perMonth), times(count, drive?.perMonth)),
  }
}

/** Of all copies, and with the room that stays free. */
export function storageBytes(demand: Demand): number | undefined {
  const { targetRate, retentionMs, replicationFactor, headroom } = demand
  if (retentionMs === undefined) return undefined
  return (targetRate * (retentionMs / SECOND_MS) * replicationFactor) / headroom
}

/** A copy is written where it is kept, and read from where the first one is. */
function limitsOf(
  { produceRate, consumeRate }: Contestant,
  machine: Machine | undefined,
  demand: Demand,
): readonly Limit[] {
  const { targetRate, fanOut, replicationFactor, headroom } = demand
  const inRate = targetRate * replicationFactor
  const outRate = targetRate * (fanOut + replicationFactor - 1)
  const limits: Limit[] = []
  const add = (name: LimitName, needed: number, each: number | undefined): void => {
    if (each !== undefined) limits.push({ name, machines: Math.ceil((needed / each) * SLACK) })
  }
  const used = (rate: number | undefined): number | undefined =>
    rate === undefined ? undefined : rate * headroom
  add('produce', inRate, used(produceRate))
  add('consume', outRate, used(consumeRate))
  add('network in', inRate, used(machine?.networkRate))
  add('network out', outRate, used(machine?.networkRate))
  const stored = storageBytes(demand)
  if (stored !== undefined) add('storage', stored, roomOf(machine))
  if (replicationFactor > 1) add('replication', replicationFactor, 1)
  return limits
}

/** Bytes that one machine has room for, with all drives that can be added; undefined: unknown. */
export function roomOf(machine: Machine | undefined): number | undefined {
  const { drive, storageBytes: own, mostStorageBytes: most } = machine ?? {}
  if (drive === undefined) return own
  if (most === undefined) return Number.POSITIVE_INFINITY
  const units = Math.floor((most - (own ?? 0)) / drive.unitBytes)
  return (own ?? 0) + units * drive.unitBytes
}

function addedDrivesOf(
  machine: Machine | undefined,
  machines: number,
  demand: Demand,
): AddedDrives | undefined {
  const stored = storageBytes(demand)
  const { drive, storageBytes: own = 0 } = machine ?? {}
  if (stored === undefined || drive === undefined) return undefined
  const each = Math.ceil(((stored / machines - own) * SLACK) / drive.unitBytes)
  return each > 0 ? { drive, count: each * machines } : undefined
}

function times(count: number, amount: number | undefined): number | undefined {
  return amount === undefined ? undefined : count * amount
}
