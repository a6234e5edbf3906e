import { closeSync, fstatSync, ftruncateSync, openSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'

import { capabilityOf, type PmemCapability } from './capability.ts'
import { fileSystemName } from './file-system-name.ts'
import { type NativeBinding, nativeBinding } from './native-binding.ts'
import { persistenceDomain } from './persistence-domain.ts'
import { PmemError } from './pmem-error.ts'

const PROBE_BYTES = 1 << 16 // of whole pages, on every processor

/**
 * Finds out what a mapped file at `path` can promise. In a folder a file is made and removed.
 * @throws {PmemError} ENOENT, EACCES and so on
 */
export function probePmem(path: string): PmemCapability {
  return PmemError.wrap(`probe ${path}`, () => {
    const isFolder = statSync(path).isDirectory()
    const probed = isFolder ? join(path, `.pmem-probe-${process.pid}-${Date.now()}`) : path
    const fd = openSync(probed, isFolder ? 'wx+' : 'r+')
    try {
      if (isFolder) {
        unlinkSync(probed)
        ftruncateSync(fd, PROBE_BYTES)
      }
      return probeOpened(fd, path)
    } finally {
      closeSync(fd)
    }
  })
}

/** @param path of the open file, or of its folder */
export function probeOpened(fd: number, path: string): PmemCapability {
  const binding = nativeBinding()
  const fileSystem = fileSystemName(path)
  if (binding instanceof PmemError) return fallbackCapability(fileSystem, binding.message)
  return probeWith(binding, fd, fileSystem)
}

/** What a plain file can promise, and why it is no more. */
export function fallbackCapability(fileSystem: string, reason: string): PmemCapability {
  return {
    persistGranularity: 'page',
    isPowerSafe: false,
    hasMapSync: false,
    isDax: false,
    fileSystem,
    instructions: 'none',
    why: `${reason}, so persist writes and syncs a file on ${fileSystem}: not power-safe`,
  }
}

function probeWith(binding: NativeBinding, fd: number, fileSystem: string): PmemCapability {
  const errno = binding.mapSync(fd)
  const dax = binding.dax(fd)
  return capabilityOf({
    fileSystem,
    mapSyncError: errno === undefined ? undefined : PmemError.of(errno, 'MAP_SYNC').code,
    isDax: dax === -1 ? undefined : dax === 1,
    domain: persistenceDomain(fstatSync(fd).dev),
    copyInstruction: binding.copyInstruction,
    flushInstruction: binding.flushInstruction,
  })
}
