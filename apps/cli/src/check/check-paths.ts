import { errnoOf, KIB, messageOf, MIB } from '@pafka/base'
import type { FileSystem } from '@pafka/log'

import {
  type CheckedPath,
  type CheckReport,
  isRefused,
  type MappedMedium,
  type RefusedPath,
} from './check-report.ts'
import { type Host, type MachineFacts, machineFacts } from './machine-facts.ts'
import { machineFindings } from './machine-findings.ts'
import { measurePath } from './measure-path.ts'
import { type FolderLook, type LookAt, pathFacts } from './path-facts.ts'
import { pathFindings } from './path-findings.ts'
import type { SystemFiles } from './system-files.ts'
import { TestFile } from './test-file.ts'
import { tierFit } from './tier-fit.ts'

/** What there is to look at; a test has one that is made up. */
export interface World {
  readonly files: FileSystem
  readonly system: SystemFiles
  readonly host: Host
  readonly lookAt: LookAt
  readonly now?: () => number
}

export interface CheckOptions {
  readonly paths: readonly string[]
  /** For each measurement, of which a path has three. */
  readonly seconds: number
  /** Of the file that is measured with; less where there is less room. */
  readonly sizeBytes: number
  /** Told before each path is measured. */
  readonly onPath?: (path: string) => void
}

/** Of what is free, at most: neither the disk nor what others have in memory suffers. */
const FREE_SHARE = 4
const MOST_IN_MEMORY_BYTES = 256 * MIB
/** Less tells nothing of a disk. */
const LEAST_BYTES = MIB
const BLOCK_BYTES = 4 * KIB

/** Looks at the machine, then at path after path, never at two at once. */
export async function checkPaths(
  { paths, ...options }: CheckOptions,
  world: World,
): Promise<CheckReport> {
  const machine = machineFacts(world.system, world.host)
  const checked: (CheckedPath | RefusedPath)[] = []
  for (const path of paths) checked.push(await checkPath(path, { ...options, machine }, world))
  const usable = checked.filter((one): one is CheckedPath => !isRefused(one))
  const needs = {
    isMapped: usable.some(({ mapped }) => mapped !== undefined),
    isBuffered: usable.some(({ measured }) => measured.io === 'buffered'),
  }
  const findings = [...machineFindings(machine, needs), ...pathFindings(usable)]
  return { machine, paths: checked, findings }
}

type PathOptions = Omit<CheckOptions, 'paths'> & { readonly machine: MachineFacts }

/** What is wrong with one path is said of it, and the others are still measured. */
async function checkPath(
  path: string,
  options: PathOptions,
  world: World,
): Promise<CheckedPath | RefusedPath> {
  let look: FolderLook | undefined
  try {
    look = await world.lookAt(path)
    if (!look.isFolder) return { path, error: 'is not a folder' }
    options.onPath?.(path)
    return await measureFolder(path, look, options, world)
  } catch (error) {
    const isNoFile = look !== undefined && errnoOf(error) === 'ENOENT' // as in /proc
    return { path, error: isNoFile ? 'takes no files (ENOENT)' : complaint(error) }
  }
}

async function measureFolder(
  path: string,
  look: FolderLook,
  { seconds, sizeBytes, machine }: PathOptions,
  { files, system, now }: World,
): Promise<CheckedPath | RefusedPath> {
  const facts = pathFacts(system, path, look)
  const isInMemory = files.isInMemory(look.realPath)
  const fileBytes = boundedBytes(sizeBytes, look, isInMemory, machine)
  if (fileBytes < LEAST_BYTES) return { path, error: 'has too little room to measure anything' }
  const name = `.pafka-check-${process.pid}-${Date.now()}`
  const file = await TestFile.create(files, look.realPath, name)
  try {
    const taken = await measurePath(file, { seconds, fileBytes, ...(now && { now }) })
    // ext4 takes the flag for direct I/O there and does not heed it
    const isCached = taken.isReadFromCache || facts.mountOptions?.includes('data=journal') === true
    const figures = { ...taken, isReadFromCache: isCached }
    const mapped = file.region && mediumOf(file.region.capability)
    const tier = tierFit(facts, figures)
    return {
      ...facts,
      isInMemory,
      ...(mapped && { mapped }),
      measured: figures,
      ...(tier && { tier }),
    }
  } finally {
    await file.close()
  }
}

function mediumOf({ isDax, isPowerSafe, why }: MappedMedium): MappedMedium {
  return { isDax, isPowerSafe, why }
}

/** @returns whole blocks */
function boundedBytes(
  sizeBytes: number,
  { usableBytes }: FolderLook,
  isInMemory: boolean,
  { availableBytes = Number.POSITIVE_INFINITY }: MachineFacts,
): number {
  const bounds = [sizeBytes, usableBytes / FREE_SHARE]
  if (isInMemory) bounds.push(MOST_IN_MEMORY_BYTES, availableBytes / FREE_SHARE)
  const bytes = Math.floor(Math.min(...bounds))
  return bytes - (bytes % BLOCK_BYTES)
}

const COMPLAINTS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is not there',
  EACCES: 'is not to be read and written by this user',
  EPERM: 'is not to be read and written by this user',
  EROFS: 'is on a file system that is read-only',
  ENOSPC: 'ran out of room while it was measured',
  EDQUOT: 'ran out of room (a quota) while it was measured',
  EIO: 'is on a disk that fails',
}

function complaint(error: unknown): string {
  const code = errnoOf(error) ?? ''
  const message = messageOf(error)
  return COMPLAINTS[code] === undefined ? message : `${COMPLAINTS[code]} (${code})`
}
