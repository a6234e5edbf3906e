export * from './generated/index.ts'
export { ErrorCode, errorName, isRetriable } from './errors/error-code.ts'
export type { Api, Codec, Message, RecordPart } from './wire/codec.ts'
export { isUuid, ONE_UUID, randomUuid, UUID_BYTES, uuidFromBytes, ZERO_UUID } from './wire/uuid.ts'
export { WireReader } from './wire/wire-reader.ts'
export { joinRecordBytes, type RecordBytes, WireWriter } from './wire/wire-writer.ts'
export { apiByKey, hasVersion } from './frame/api-table.ts'
export {
  correlationIdOf,
  decodeResponseFrame,
  encodeRequestFrame,
  encodeResponseFrame,
  type RequestFrame,
} from './frame/frames.ts'
export { FrameDecoder, type FrameDecoderOptions, type FrameMemory } from './frame/frame-decoder.ts'
export {
  decodeRequestHeader,
  encodeRequestHeader,
  type FrameHeader,
} from './frame/request-header.ts'
