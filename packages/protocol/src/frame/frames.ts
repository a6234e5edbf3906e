import { assert, DecodeError } from '@pafka/base'

import type { Api } from '../wire/codec.ts'
import { WireReader } from '../wire/wire-reader.ts'
import { WireWriter } from '../wire/wire-writer.ts'
import { encodeRequestHeader } from './request-header.ts'

const SIZE_BYTES = 4
const API_VERSIONS_KEY = 18

/**
 * A whole response with its size, header and body.
 * @returns pieces to be sent in order; they borrow large byte fields of `response` until then.
 */
export function encodeResponseFrame<Request, Response>(
  api: Api<Request, Response>,
  version: number,
  correlationId: number,
  response: Response,
): Uint8Array[] {
  const writer = new WireWriter()
  writer.int32(0)
  writer.int32(correlationId)
  if (hasFlexibleHeader(api, version)) writer.unsignedVarint(0)
  api.response.encode(writer, response, version)
  return withSize(writer)
}

export interface RequestFrame<Request> {
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly request: Request
}

/** The client's mirror of `encodeResponseFrame`, with the same ownership. */
export function encodeRequestFrame<Request, Response>(
  api: Api<Request, Response>,
  { version, correlationId, clientId, request }: RequestFrame<Request>,
): Uint8Array[] {
  const writer = new WireWriter()
  writer.int32(0)
  encodeRequestHeader(writer, { apiKey: api.key, apiVersion: version, correlationId, clientId })
  api.request.encode(writer, request, version)
  return withSize(writer)
}

/** @param frame a response without its size. @returns the id of the request that it answers. */
export function correlationIdOf(frame: Uint8Array): number {
  return new WireReader(frame).int32()
}

/**
 * @param frame a response without its size; byte fields of the result are views of it.
 * @throws {DecodeError} when the bytes are not such a response, or go on after it
 */
export function decodeResponseFrame<Request, Response>(
  api: Api<Request, Response>,
  version: number,
  frame: Uint8Array,
): { readonly correlationId: number; readonly response: Response } {
  const reader = new WireReader(frame)
  const correlationId = reader.int32()
  if (hasFlexibleHeader(api, version)) reader.skipTaggedFields()
  const response = api.response.decode(reader, version)
  if (reader.remaining > 0) throw new DecodeError('a response goes on after its end')
  return { correlationId, response }
}

/**
 * The answer to ApiVersions never has the newer header: a client that asks does not know yet what
 * the broker speaks. Source: KIP-511.
 */
function hasFlexibleHeader(api: Api<unknown, unknown>, version: number): boolean {
  return version >= api.flexibleFrom && api.key !== API_VERSIONS_KEY
}

function withSize(writer: WireWriter): Uint8Array[] {
  const sizeBytes = writer.sizeBytes - SIZE_BYTES
  const pieces = writer.finish()
  const [first] = pieces
  assert(first !== undefined && first.length >= SIZE_BYTES, 'a frame starts with its size')
  new DataView(first.buffer, first.byteOffset).setInt32(0, sizeBytes)
  return pieces
}
