import { closeSync, fstatSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

import { PmemError } from './pmem-error.ts'

const ZEROS_BYTES = 1 << 20

/** Gives an empty file its blocks. @returns an errno, or undefined */
export type Allocate = (fd: number, sizeBytes: number) => number | undefined

/**
 * A new file of zeros whose blocks are its own, so that a full disk is known now and not in the
 * midst of a store. It, its size and its name are durable when this returns.
 * @param use what is made of the open file; when that throws there is no file
 * @throws {PmemError} EEXIST, ENOSPC and so on
 */
export function createFile<T>(
  path: string,
  sizeBytes: number,
  allocate: Allocate,
  use: (fd: number) => T,
): T {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) {
    throw new RangeError(`${sizeBytes} is no size for a region`)
  }
  return PmemError.wrap(`create ${path}`, () => {
    const fd = openSync(path, 'wx+')
    try {
      fill(fd, sizeBytes, allocate, path)
      fsyncSync(fd)
      syncFolder(dirname(path))
      return use(fd)
    } catch (error) {
      unlinkSync(path)
      throw error
    } finally {
      closeSync(fd)
    }
  })
}

/** @throws {PmemError} ENOENT, EISDIR, EINVAL for an empty file, and so on */
export function openFile<T>(path: string, use: (fd: number, sizeBytes: number) => T): T {
  return PmemError.wrap(`open ${path}`, () => {
    const fd = openSync(path, 'r+')
    try {
      const stats = fstatSync(fd)
      if (!stats.isFile()) throw new PmemError('EINVAL', `open ${path}: not a file (EINVAL)`)
      if (stats.size === 0) throw new PmemError('EINVAL', `open ${path}: empty (EINVAL)`)
      return use(fd, stats.size)
    } finally {
      closeSync(fd)
    }
  })
}

function fill(fd: number, sizeBytes: number, allocate: Allocate, path: string): void {
  const errno = allocate(fd, sizeBytes)
  if (errno === undefined) return
  const error = PmemError.of(errno, `create ${path}`)
  if (error.code !== 'EOPNOTSUPP' && error.code !== 'ENOSYS') throw error
  const zeros = new Uint8Array(Math.min(ZEROS_BYTES, sizeBytes))
  for (let at = 0; at < sizeBytes;) {
    at += writeSync(fd, zeros, 0, Math.min(zeros.length, sizeBytes - at), at)
  }
}

function syncFolder(path: string): void {
  if (process.platform === 'win32') return // folders cannot be opened there
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
