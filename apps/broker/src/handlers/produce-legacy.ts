import { ErrorCode, type FrameHeader, type WireReader, WireWriter } from '@pafka/protocol'

const NO_OFFSET = -1
const LAST_LEGACY_VERSION = 2

/**
 * Answers Produce 0 to 2, whose record formats are gone: UNSUPPORTED_VERSION for every partition.
 * Request: int16 acks, int32 timeout, [string topic, [int32 partition, bytes records]]. Response:
 * [string topic, [int32 partition, int16 error, int64 base offset, int64 append time (v2)]], int32
 * throttle time (v1). Source: the protocol guide of Kafka 3.9, the last to serve them.
 */
export function answerLegacyProduce(
  reader: WireReader,
  header: FrameHeader,
): Uint8Array[] | undefined {
  if (header.apiVersion < 0 || header.apiVersion > LAST_LEGACY_VERSION) return undefined
  reader.int16()
  reader.int32()
  const writer = new WireWriter()
  writer.int32(header.correlationId)
  const topics = reader.int32()
  writer.int32(topics)
  for (let topic = 0; topic < topics; topic++) {
    writer.string(reader.string())
    const partitions = reader.int32()
    writer.int32(partitions)
    for (let partition = 0; partition < partitions; partition++) {
      writer.int32(reader.int32())
      reader.nullableBytes()
      writer.int16(ErrorCode.UNSUPPORTED_VERSION)
      writer.int64(NO_OFFSET)
      if (header.apiVersion >= 2) writer.int64(NO_OFFSET)
    }
  }
  if (header.apiVersion >= 1) writer.int32(0)
  const body = Buffer.concat(writer.finish())
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return [size, body]
}
