import { type WireReader } from '../wire/wire-reader.ts'
import type { WireWriter } from '../wire/wire-writer.ts'
import { apiByKey } from './api-table.ts'

/** What stands before every request. Version 2 adds tagged fields, and goes with flexible APIs. */
export interface FrameHeader {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
}

/**
 * Reads a header of the version that its API demands; the reader then stands at the request. A key
 * that is not known is not refused here: only the header is read, as of version 1.
 * @throws {DecodeError} when the bytes are no header
 */
export function decodeRequestHeader(reader: WireReader): FrameHeader {
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const correlationId = reader.int32()
  const clientId = reader.nullableString()
  const api = apiByKey(apiKey)
  if (api !== undefined && apiVersion >= api.flexibleFrom) reader.skipTaggedFields()
  return { apiKey, apiVersion, correlationId, clientId }
}

/** Writes the header of the version that its API demands. */
export function encodeRequestHeader(writer: WireWriter, header: FrameHeader): void {
  writer.int16(header.apiKey)
  writer.int16(header.apiVersion)
  writer.int32(header.correlationId)
  writer.nullableString(header.clientId)
  const api = apiByKey(header.apiKey)
  if (api !== undefined && header.apiVersion >= api.flexibleFrom) writer.unsignedVarint(0)
}
