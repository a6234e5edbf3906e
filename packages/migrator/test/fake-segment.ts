import type { MovableSegment, SegmentCopy } from '@pafka/log'

/** What a segment and its copy were asked for; a fault may answer instead. */
export type FakeCall =
  | 'begin'
  | 'read'
  | 'write'
  | 'sync'
  | 'read-back'
  | 'commit'
  | 'abandon'
  | 'release'

/** Throws, or says that things are not as they should be. */
export type FakeFault = (call: FakeCall, time: number) => 'short' | 'wrong' | undefined

/** A segment in memory that keeps what was synced apart from what was not. */
export class FakeSegment implements MovableSegment {
  readonly bytes: Buffer
  readonly calls: FakeCall[] = []
  fault: FakeFault = () => undefined
  /** Set before commit: the segment was deleted meanwhile. */
  isGone = false
  copied: Buffer | undefined
  isSynced = false
  isCommitted = false
  isReleased = false

  constructor(sizeBytes: number) {
    this.bytes = Buffer.alloc(sizeBytes)
    for (let at = 0; at < sizeBytes; at++) this.bytes[at] = (at * 31 + (at >>> 8)) & 0xff
  }

  get sizeBytes(): number {
    return this.bytes.length
  }

  async read(into: Buffer, positionBytes: number): Promise<number> {
    return readFrom(this.bytes, into, { positionBytes, how: this.#call('read') })
  }

  async beginCopy(): Promise<SegmentCopy> {
    this.#call('begin')
    this.copied = Buffer.alloc(0)
    this.isSynced = false
    return {
      write: async (bytes, positionBytes) => {
        const how = this.#call('write')
        const kept = how === 'short' ? bytes.subarray(0, bytes.length - 1) : Buffer.from(bytes)
        if (how === 'wrong') kept[0] = (kept[0] ?? 0) ^ 1
        const before = this.copied?.subarray(0, positionBytes) ?? Buffer.alloc(0)
        this.copied = Buffer.concat([before, kept])
      },
      sync: async () => {
        this.#call('sync')
        this.isSynced = true
      },
      read: async (into, positionBytes) => {
        const how = this.#call('read-back')
        return readFrom(this.copied ?? Buffer.alloc(0), into, { positionBytes, how })
      },
      commit: async () => {
        this.#call('commit')
        if (this.isGone) this.copied = undefined
        else this.isCommitted = true
        return !this.isGone
      },
      abandon: async () => {
        this.#call('abandon')
        this.copied = undefined
      },
    }
  }

  release(): void {
    this.#call('release')
    this.isReleased = true
  }

  #call(call: FakeCall): 'short' | 'wrong' | undefined {
    this.calls.push(call)
    return this.fault(call, this.calls.filter((other) => other === call).length)
  }
}

interface FakeRead {
  readonly positionBytes: number
  readonly how: 'short' | 'wrong' | undefined
}

function readFrom(bytes: Buffer, into: Buffer, { positionBytes, how }: FakeRead): number {
  const count = bytes.copy(into, 0, positionBytes, positionBytes + into.length)
  if (how === 'wrong') into[0] = (into[0] ?? 0) ^ 1
  return how === 'short' ? count - 1 : count
}

/** As the system says it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it was ordered`), { code })
}
