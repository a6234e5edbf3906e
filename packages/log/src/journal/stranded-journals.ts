import { basename, dirname, join } from 'node:path'

import { StorageError } from '@pafka/base'

import { asError } from '../files/as-error.ts'
import { replaceDurably } from '../checkpoint/checkpoint-file.ts'
import { readAt, syncFile, writeWhole } from '../files/file-calls.ts'
import { DIRECT_BLOCK_BYTES, type FileSystem, type OpenFile } from '../files/file-system.ts'
import type { RoundPlace } from './journal.ts'
import {
  type CheckpointedLog,
  decodeJournalCheckpoint,
  encodeJournalCheckpoint,
  encodeLog,
  keyOf,
  keysOf,
} from './journal-checkpoint.ts'
import { CHECKPOINT_NAME, RING_NAME, STRANDED_NAME } from './journal-files.ts'
import type { RingBytes, ScanMemory } from './ring-pieces.ts'
import { RingScan, scanAside } from './ring-scan.ts'
import { RingSize, ringSizeBeside } from './ring-size.ts'

/** Rounds that are to be set aside. */
export interface Stranding {
  readonly ring: RingBytes
  readonly ringId: Buffer
  /** Of the first of them. */
  readonly from: RoundPlace
  /** Of the last of them. */
  readonly sequence: number
  /** Those that need them. */
  readonly logs: readonly CheckpointedLog[]
  /** Some of the rounds are missing. */
  readonly isBroken: boolean
}

/** A journal that was set aside, to be replayed before the ring. */
export interface StrandedJournal {
  readonly scan: RingScan
  /** Those that need it. */
  readonly logs: readonly CheckpointedLog[]
  /** Bytes of its rounds, all of which were durable before it was one: the file may have less. */
  readonly sizeBytes: number
  close(): void
}

/**
 * What only the ring has of logs whose dir failed or whose folder is gone, as small journals of
 * their own: a copy of the ring's rounds with a checkpoint that names the logs. So the ring can go
 * on without them.
 */
export class StrandedJournals {
  readonly #files: FileSystem
  readonly #folder: string

  /** @param folder that of the journal */
  constructor(files: FileSystem, folder: string) {
    this.#files = files
    this.#folder = folder
  }

  /** Oldest first. */
  folders(): string[] {
    const names = this.#files.list(this.#folder).filter(isForReplay)
    return names.toSorted((a, b) => numberOf(a) - numberOf(b)).map((name) => this.#at(name))
  }

  /** Resolves with its folder when all of it survives power loss. Rejects with the system error. */
  async setAside(stranding: Stranding): Promise<string> {
    const files = this.#files
    const { ringId, from, logs } = stranding
    // also behind those that were given up
    const number = 1 + Math.max(0, ...files.list(this.#folder).map(numberOf))
    const folder = this.#at(`stranded-${number}`)
    try {
      files.makeFolder(folder)
      const sizeBytes = await this.#copy(stranding, join(folder, RING_NAME))
      await new RingSize(files, join(folder, RING_NAME)).tell(sizeBytes)
      const start = { positionBytes: 0, previous: from.previous }
      const checkpoint = encodeJournalCheckpoint(ringId, start, logs.map(encodeLog))
      await replaceDurably(files, join(folder, CHECKPOINT_NAME), checkpoint)
      await files.syncFolder(dirname(folder))
      return folder
    } catch (error) {
      // the room that it took is needed
      await files.removeFolder(folder).catch(() => undefined)
      throw error
    }
  }

  async #copy(
    { ring, ringId, from, sequence, logs, isBroken }: Stranding,
    path: string,
  ): Promise<number> {
    const scan = new RingScan(readable(ring), ringId, from)
    scan.passesGaps = isBroken
    const file = this.#files.open(path, 'write')
    try {
      const sizeBytes = await copyRounds(scan, { sequence, keys: keysOf(logs) }, file)
      await syncFile(file)
      return sizeBytes
    } finally {
      file.close()
    }
  }

  /**
   * Without a checkpoint it was not finished, and the ring still has it all: then undefined.
   * @throws StorageError when the checkpoint is damaged
   */
  open(folder: string, memory: ScanMemory): StrandedJournal | undefined {
    const path = join(folder, CHECKPOINT_NAME)
    const bytes = this.#files.readFile(path)
    if (bytes === undefined) return undefined
    const { ringId, from, logs } = decodeJournalCheckpoint(Buffer.from(bytes), path)
    const file = this.#files.open(join(folder, RING_NAME), 'read')
    const toldBytes = ringSizeBeside(this.#files, join(folder, RING_NAME))
    const ring: RingBytes = {
      sizeBytes: file.sizeBytes(),
      read: (into, positionBytes) => readAt(file, into, positionBytes),
    }
    const scan = scanAside(ring, ringId, from, memory)
    const sizeBytes = Math.max(ring.sizeBytes, toldBytes)
    return { scan, logs, sizeBytes, close: () => file.close() }
  }

  /** The files of its logs have all that it held, or the ring has it still. */
  async remove(folder: string): Promise<void> {
    // first what makes it one
    await this.#files.remove(join(folder, CHECKPOINT_NAME))
    await this.#files.syncFolder(folder)
    await this.#files.removeFolder(folder)
  }

  /** It is not replayed again, but not all of it could be: for people to look at. */
  async giveUp(folder: string): Promise<void> {
    this.#files.rename(folder, `${folder}.broken`)
    await this.#files.syncFolder(dirname(folder))
  }

  #at(name: string): string {
    return join(this.#folder, name)
  }
}

function isForReplay(name: string): boolean {
  const found = STRANDED_NAME.exec(name)
  return found !== null && found[2] === undefined
}

function numberOf(path: string): number {
  return Number(STRANDED_NAME.exec(basename(path))?.[1] ?? 0)
}

/** What is to be set aside cannot be read: to try again what follows is of no use for long. */
export class RingUnreadable extends StorageError {}

function readable(ring: RingBytes): RingBytes {
  return {
    sizeBytes: ring.sizeBytes,
    read: async (into, positionBytes) => {
      try {
        return await ring.read(into, positionBytes)
      } catch (cause) {
        throw new RingUnreadable(`the ring cannot be read: ${asError(cause).message}`, { cause })
      }
    },
  }
}

interface Wanted {
  readonly sequence: number
  readonly keys: ReadonlySet<string>
}

/**
 * The rounds up to a sequence that have something of some logs; where one is missing, a hole.
 * @returns their bytes
 */
async function copyRounds(
  scan: RingScan,
  { sequence, keys }: Wanted,
  file: OpenFile,
): Promise<number> {
  let positionBytes = 0
  while (scan.previous < sequence) {
    const found = await scan.next()
    if (found === undefined && scan.passesGaps) break
    if (found === undefined) throw new RingUnreadable('rounds of the ring cannot be read')
    if (found.isBehindGap) positionBytes += DIRECT_BLOCK_BYTES
    const { items } = found.round
    if (!items.some(({ topicId, partition }) => keys.has(keyOf(topicId, partition)))) continue
    await writeWhole(file, found.bytes, positionBytes)
    positionBytes += found.bytes.length
  }
  return positionBytes
}
