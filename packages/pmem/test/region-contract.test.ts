import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

import { FileRegion, PmemRegion, SimulatedRegion } from '../src/index.ts'
import type { PersistGranularity, PersistentRegion } from '../src/index.ts'
import { regionContract, type RegionKind } from './region-contract.ts'

const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function folderIn(place: string): string {
  const folder = mkdtempSync(join(place, 'pafka-pmem-'))
  folders.push(folder)
  return folder
}

/** Regions over files in `place`, which a reopen finds again by their path. */
function inFiles(
  place: string,
  create: (path: string, sizeBytes: number) => PersistentRegion,
  open: (path: string) => PersistentRegion,
): RegionKind {
  const folder = folderIn(place)
  let count = 0
  return {
    create: (sizeBytes) => create(join(folder, `region-${++count}`), sizeBytes),
    reopen(region) {
      region.close()
      return open(region.path)
    },
  }
}

function mapped(place: string, persistGranularity?: PersistGranularity): RegionKind {
  const options = persistGranularity === undefined ? {} : { persistGranularity }
  return inFiles(
    place,
    (path, sizeBytes) => PmemRegion.create(path, sizeBytes, options),
    (path) => PmemRegion.open(path, options),
  )
}

/** Nothing comes through a cut that was not persisted. */
const simulated: RegionKind = {
  create: (sizeBytes) => new SimulatedRegion(sizeBytes),
  reopen(region) {
    if (!(region instanceof SimulatedRegion)) throw new TypeError('not simulated')
    return region.cutPower(() => 0)
  },
}

const kinds: Record<string, () => RegionKind> = {
  'a mapped file on a disk': () => mapped(tmpdir()),
  'the fallback': () =>
    inFiles(
      tmpdir(),
      (path, sizeBytes) => FileRegion.create(path, sizeBytes, 'asked for'),
      (path) => FileRegion.open(path, 'asked for'),
    ),
  'the simulated region': () => simulated,
}

const SHM = '/dev/shm'

function isWritable(place: string): boolean {
  try {
    accessSync(place, constants.W_OK)
    return true
  } catch {
    return false
  }
}

if (isWritable(SHM)) {
  for (const granularity of ['byte', 'cache-line', 'page'] as const) {
    kinds[`a mapped file in memory, by ${granularity}`] = () => mapped(SHM, granularity)
  }
}

describe.for(Object.entries(kinds))('%s', ([, make]) => {
  const kind = make()
  test.for(regionContract)('$name', (contract) => {
    expect(() => contract.run(kind)).not.toThrow()
  })
})
