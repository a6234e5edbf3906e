// What runs in the virtual machine, which has Node and no packages:
//   node guest-child.ts contract FOLDER         the contract suite, a line for each case
//   node guest-child.ts write FILE              appends for ever, says what is durable
//   node guest-child.ts write-unsynced FILE     says so too, and lies
//   node guest-child.ts verify FILE END         exits with 0 when all of it is there
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import { openRegion, PmemRegion, probePmem } from '../src/index.ts'
import type { PersistGranularity } from '../src/index.ts'
import { appendRecord, RECORDS_AT, recoverRecords } from './append-log.ts'
import { regionContract, type RegionKind } from './region-contract.ts'

const LOG_BYTES = 48 * 2 ** 20
const PERIOD = 251 // of the content, so that a record out of place is noticed

/** Node buffers what goes to a pipe; the last lines before a power cut count. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}

function kindOf(folder: string, persistGranularity?: PersistGranularity): RegionKind {
  const options = persistGranularity === undefined ? {} : { persistGranularity }
  let count = 0
  return {
    create: (sizeBytes) =>
      PmemRegion.create(join(folder, `${persistGranularity}-${++count}`), sizeBytes, options),
    reopen(region) {
      region.close()
      return PmemRegion.open(region.path, options)
    },
  }
}

function contract(folder: string): void {
  say(`CAPABILITY ${JSON.stringify(probePmem(folder))}`)
  say(`MEMORY ${probePmem('/dev/shm').why}`)
  for (const granularity of [undefined, 'byte', 'page'] as const) {
    const kind = kindOf(folder, granularity)
    for (const contractCase of regionContract) {
      const { name } = contractCase
      let outcome = 'ok'
      try {
        contractCase.run(kind)
      } catch (error) {
        outcome = `FAILED ${String(error)}`
      }
      say(`CASE ${granularity ?? 'probed'}, ${name}: ${outcome}`)
    }
  }
}

function contentAt(position: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => 1 + ((position + at) % PERIOD))
}

/** Records of 1 to 4 KiB, so that page faults and their metadata come all the time. */
function write(file: string): void {
  const region = PmemRegion.create(file, LOG_BYTES)
  for (let end = 0, count = 0; end < LOG_BYTES - RECORDS_AT - 4096; count++) {
    end = appendRecord(region, 'right', end, contentAt(end, 1024 + ((count * 37) % 3072)))
    if (count % 10 === 0) say(`DURABLE ${end}.`)
    if (count === 0) say('READY') // the time to the cut begins
  }
}

/** As much, by plain writes that nothing syncs. */
function writeUnsynced(file: string): void {
  const fd = openSync(file, 'w')
  say('READY')
  for (let end = 0; end < LOG_BYTES;) {
    end += writeSync(fd, contentAt(end, 4096), 0, 4096, RECORDS_AT + end)
    writeSync(fd, new Uint8Array(BigUint64Array.of(BigInt(end)).buffer), 0, 8, 0)
    say(`DURABLE ${end}.`)
    if (end === 4096) say('READY')
  }
  closeSync(fd)
}

function verify(file: string, end: number): void {
  using region = openRegion(file)
  const records = recoverRecords(region)
  const wrong = records.findIndex((byte, at) => byte !== 1 + (at % PERIOD))
  say(`FOUND ${records.length} bytes, ${end} were durable, the first wrong one at ${wrong}`)
  if (records.length < end || wrong !== -1) process.exitCode = 1
}

const [command, path = '', end = '0'] = process.argv.slice(2)
if (command === 'contract') contract(path)
else if (command === 'write') write(path)
else if (command === 'write-unsynced') writeUnsynced(path)
else if (command === 'verify') verify(path, Number(end))
