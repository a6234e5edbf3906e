import { assert } from '@pafka/base'

const PAGE_BYTES = 65_536

/** What of it is used here; Node's types know the namespace by its types only. */
interface PagedMemory {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => {
    readonly buffer: ArrayBuffer
  }
}

/**
 * Zeroed memory at a page boundary, as direct I/O needs it. The memory of a WebAssembly instance is
 * the only one that the language promises to lie so.
 */
export function alignedMemory(bytes: number): Buffer {
  assert(bytes > 0, 'memory has a size')
  const pages = Math.ceil(bytes / PAGE_BYTES)
  const { Memory } = (globalThis as unknown as { WebAssembly: PagedMemory }).WebAssembly
  const memory = new Memory({ initial: pages, maximum: pages })
  return Buffer.from(memory.buffer, 0, bytes)
}

/** The next multiple of `unit`, which is a power of two, at or above `bytes`. */
export function alignUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit
}

export function alignDown(bytes: number, unit: number): number {
  return bytes - (bytes % unit)
}
