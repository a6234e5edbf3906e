import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import { PmemError } from './pmem-error.ts'

const requireModule: NodeJS.Require = createRequire(import.meta.url)

/** A mapped file, to be passed back. Of the thread that made it. */
export type NativeRegion = object & { readonly native: unique symbol }

/** An errno, or undefined when all went well. */
export type Errno = number | undefined

/** Granularities as the addon has them: byte, cache line, page. */
export type NativeGranularity = 0 | 1 | 2

/** Functions of `native/addon.c`. They check what would harm the process, and nothing else. */
export interface NativeBinding {
  readonly copyInstruction: string
  /** `none` where lines cannot be flushed without the kernel. */
  readonly flushInstruction: string
  map(
    fd: number,
    sizeBytes: number,
    hasMapSync: 0 | 1,
    granularity: NativeGranularity,
  ): NativeRegion | number
  view(region: NativeRegion): ArrayBuffer | number
  close(region: NativeRegion, view: ArrayBuffer | undefined): Errno
  copy(region: NativeRegion, bytes: Uint8Array, at: number, isFenced: 0 | 1): Errno
  persist(region: NativeRegion, at: number, length: number): Errno
  fence(region: NativeRegion): Errno
  store64(region: NativeRegion, at: number, value: number | bigint): Errno
  prefault(region: NativeRegion, at: number, length: number): Errno
  failure(region: NativeRegion): Errno
  allocate(fd: number, sizeBytes: number): Errno
  /** Tries a mapping with MAP_SYNC. */
  mapSync(fd: number): Errno
  /** 1, 0, or -1 where the kernel does not tell. */
  dax(fd: number): number
}

let loaded: NativeBinding | PmemError | undefined

/** The binding, or why there is none here. */
export function nativeBinding(): NativeBinding | PmemError {
  return (loaded ??= load())
}

/** @throws {PmemError} ENOSYS where no prebuilt binary fits */
export function requiredBinding(): NativeBinding {
  const binding = nativeBinding()
  if (binding instanceof PmemError) throw binding
  return binding
}

function load(): NativeBinding | PmemError {
  const platform = `${process.platform}-${process.arch}`
  const path = new URL(`../prebuilds/${platform}/pmem.node`, import.meta.url)
  try {
    return requireModule(fileURLToPath(path)) as NativeBinding
  } catch (cause) {
    return new PmemError('ENOSYS', `no prebuilt binary of @pafka/pmem loads on ${platform}`, {
      cause,
    })
  }
}
