import {
  baseSequenceOf,
  ErrorCode,
  producerEpochOf,
  producerIdOf,
  readRecords,
  RecordBatchView,
  recordsCountOf,
} from '@pafka/protocol'

const REMEMBERED = 5

interface KnownProducer {
  readonly epoch: number
  readonly nextSequence: number
  /** First sequence and number of records of its last batches. */
  readonly remembered: readonly string[]
}

/**
 * A partition as brokers have it: what a batch is refused for, and which one it knows already.
 * Source: Kafka `UnifiedLog.java`, `ProducerAppendInfo.java`. Sequences do not wrap here.
 */
export class ModelLog {
  readonly values: string[] = []
  /** Larger batches are refused, before anything else is looked at. */
  mostBytes: number = Infinity
  readonly #producers = new Map<number, KnownProducer>()

  append(bytes: Uint8Array): ErrorCode {
    if (bytes.length > this.mostBytes) return ErrorCode.MESSAGE_TOO_LARGE
    const [producerId, epoch] = [producerIdOf(bytes, 0), producerEpochOf(bytes, 0)]
    const [sequence, count] = [baseSequenceOf(bytes, 0), recordsCountOf(bytes, 0)]
    const place = `${sequence} ${count}`
    const known = this.#producers.get(producerId)
    if (known !== undefined && known.epoch > epoch) return ErrorCode.INVALID_PRODUCER_EPOCH
    const ofEpoch = known?.epoch === epoch ? known : undefined
    if (ofEpoch?.remembered.includes(place) === true) return ErrorCode.NONE
    // one that was never heard of may begin anywhere
    const wanted = ofEpoch?.nextSequence ?? (known === undefined ? sequence : 0)
    if (sequence !== wanted) return ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    for (const { value } of readRecords(new RecordBatchView(bytes, 0))) {
      this.values.push(Buffer.from(value ?? []).toString())
    }
    this.#producers.set(producerId, {
      epoch,
      nextSequence: sequence + count,
      remembered: [...(ofEpoch?.remembered ?? []), place].slice(-REMEMBERED),
    })
    return ErrorCode.NONE
  }
}
