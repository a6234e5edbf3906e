import { crc32c } from '@pafka/protocol'

import { type CatalogRecord, decodeCatalogRecords, encodeCatalogRecords } from './catalog-record.ts'

/*
 * One change in the catalog's file. Integers are big endian.
 *
 *   0  uint32  magic, "PCAT"
 *   4  uint32  sequence number: one more than the frame before it
 *   8  uint32  length of the payload in bytes
 *   12 uint32  CRC32C over bytes 4 to 12 and the payload
 *   16 bytes   payload, a `Batch` (see catalog-record.ts)
 */
const MAGIC = 0x50434154
const SEQUENCE_AT = 4
const LENGTH_AT = 8
const CRC_AT = 12
const HEADER_BYTES = 16

export interface CatalogFrame {
  readonly sequence: number
  readonly records: readonly CatalogRecord[]
  /** Position after its last byte. */
  readonly endBytes: number
}

export function encodeCatalogFrame(
  sequence: number,
  records: readonly CatalogRecord[],
): Uint8Array {
  const payload = encodeCatalogRecords(records)
  const frame = Buffer.alloc(HEADER_BYTES + payload.length)
  frame.writeUInt32BE(MAGIC, 0)
  frame.writeUInt32BE(sequence, SEQUENCE_AT)
  frame.writeUInt32BE(payload.length, LENGTH_AT)
  frame.set(payload, HEADER_BYTES)
  frame.writeUInt32BE(checksum(frame), CRC_AT)
  return frame
}

/** The frame at a position, or undefined where no whole and sound one is. */
export function readCatalogFrame(file: Buffer, at: number): CatalogFrame | undefined {
  if (at + HEADER_BYTES > file.length || file.readUInt32BE(at) !== MAGIC) return undefined
  const endBytes = at + HEADER_BYTES + file.readUInt32BE(at + LENGTH_AT)
  if (endBytes > file.length) return undefined
  const frame = file.subarray(at, endBytes)
  if (frame.readUInt32BE(CRC_AT) !== checksum(frame)) return undefined
  const records = decodeCatalogRecords(frame.subarray(HEADER_BYTES))
  return { sequence: frame.readUInt32BE(SEQUENCE_AT), records, endBytes }
}

/** Position of the first sound frame from `at` on, at any byte; -1 when there is none. */
export function findCatalogFrame(file: Buffer, at: number): number {
  const magic = Buffer.alloc(4)
  magic.writeUInt32BE(MAGIC)
  let found = file.indexOf(magic, at)
  while (found !== -1 && readCatalogFrame(file, found) === undefined) {
    found = file.indexOf(magic, found + 1)
  }
  return found
}

function checksum(frame: Buffer): number {
  const ofHeader = frame.subarray(SEQUENCE_AT, CRC_AT)
  return (crc32c(ofHeader) ^ crc32c(frame, HEADER_BYTES)) >>> 0
}
