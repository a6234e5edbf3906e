/** Where and with what a contestant runs. */
export interface Course {
  /** `host:port` */
  readonly brokers: string
  readonly topic: string
  /** A folder whose node_modules has the clients that are not the project's own dependencies. */
  readonly clients: string
}

/** A producer of one client, set to acks=all and, where it can be, idempotent. */
export interface BenchProducer {
  /** Sends one record. Ends when it is acknowledged. */
  send(value: Buffer): Promise<unknown>
  /** As many as there are, in the way in which the client is fastest. */
  sendMany(values: Iterable<Buffer>): Promise<unknown>
  /** Without a promise for each; where the client has such a thing. */
  enqueueMany?(values: Iterable<Buffer>): Promise<unknown>
  close(): Promise<unknown>
}

/** Reads a topic from its beginning, until `count` records were seen. */
export type BenchConsumer = (count: number) => Promise<void>

/** A client that takes part. */
export interface Contestant {
  readonly name: string
  producer(course: Course): Promise<BenchProducer>
  /** One record after the other, in the way that its pages show first. */
  consumeEach(course: Course): BenchConsumer
  /** Whole batches. */
  consumeBatches?(course: Course): BenchConsumer
}

/** Records of one call where a client takes lists. */
const IN_A_LIST = 1000
/** Calls at a time. */
const LISTS_AT_A_TIME = 8

/** For clients that take lists: so many at a time as keep them busy. */
export async function sendLists(
  values: Iterable<Buffer>,
  send: (list: Buffer[]) => Promise<unknown>,
): Promise<void> {
  const underWay = new Set<Promise<unknown>>()
  const go = async (list: Buffer[]): Promise<void> => {
    const sending = send(list)
    underWay.add(sending)
    void sending.finally(() => underWay.delete(sending))
    if (underWay.size >= LISTS_AT_A_TIME) await Promise.race(underWay)
  }
  let list: Buffer[] = []
  for (const value of values) {
    list.push(value)
    if (list.length < IN_A_LIST) continue
    // oxlint-disable-next-line no-await-in-loop -- the wait for room
    await go(list)
    list = []
  }
  if (list.length > 0) await go(list)
  await Promise.all(underWay)
}
