import { DecodeError } from '@pafka/base'
import { ConsumerProtocolSubscription, WireReader } from '@pafka/protocol'

/**
 * The topics in a consumer's join metadata. The bytes are the client's own: clients of other makes
 * need not follow the format.
 * @returns null when they cannot be read
 */
export function topicsOfSubscription(metadata: Uint8Array): readonly string[] | null {
  const reader = new WireReader(metadata)
  try {
    const version = reader.int16()
    if (version < ConsumerProtocolSubscription.minVersion) return null
    const known = Math.min(version, ConsumerProtocolSubscription.maxVersion)
    return ConsumerProtocolSubscription.decode(reader, known).topics
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}
