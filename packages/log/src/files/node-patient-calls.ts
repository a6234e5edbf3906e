import * as fs from 'node:fs'
import { mkdir, readFile, rename, stat } from 'node:fs/promises'
import { dirname, resolve as absolute } from 'node:path'
import { promisify } from 'node:util'

import { errnoOf } from '@pafka/base'

import type { OpenFile, OpenMode, PatientCalls } from './file-system.ts'
import { directFlags, flagsOf, NodeFile } from './node-file.ts'

const openLater = promisify(fs.open)
const NEW_FILE_MODE = 0o644

/** In threads of libuv: one that does not come back holds one of them, and nobody else. */
export const nodePatientCalls: PatientCalls = {
  makeFolder,
  open: (path, mode) => openWith(path, flagsOf(mode)),
  create: (path) => openWith(path, flagsOf('write') | fs.constants.O_TRUNC),
  async openDirect(path: string, mode: OpenMode): Promise<OpenFile | undefined> {
    const flags = directFlags(mode, false)
    if (flags === undefined) return undefined
    try {
      return new NodeFile(await openLater(path, flags, NEW_FILE_MODE), true)
    } catch (error) {
      if (errnoOf(error) === 'EINVAL') return undefined // the file system does not take it
      throw error
    }
  },
  async readFile(path: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(path)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw error
    }
  },
  rename: (from, to) => rename(from, to),
}

/** Level by level, each tried once: see `node-file-system.ts`. */
async function makeFolder(path: string): Promise<void> {
  const missing: string[] = []
  for (let at = absolute(path); !(await isFolder(at)); at = dirname(at)) {
    missing.push(at)
    if (dirname(at) === at) break
  }
  for (const folder of missing.toReversed()) {
    try {
      await mkdir(folder)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST' || !(await isFolder(folder))) throw error
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

async function openWith(path: string, flags: number): Promise<OpenFile> {
  return new NodeFile(await openLater(path, flags, NEW_FILE_MODE), false)
}
