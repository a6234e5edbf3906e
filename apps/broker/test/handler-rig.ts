import { type Logger, silentLogger } from '@pafka/base'
import { type FileSystem, memoryFileSystem } from '@pafka/log'
import {
  type Api,
  encodeRecordBatch,
  ErrorCode,
  type RecordInput,
  WireReader,
  WireWriter,
} from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'

import { type ConfigSettings, loadConfig } from '../src/config/load-config.ts'
import type { RequestOrigin } from '../src/handlers/handler.ts'
import { handlersByKey } from '../src/handlers/registry.ts'
import type { MetricsRegistry } from '../src/metrics/metrics-registry.ts'
import type { TopicOutcome } from '../src/metadata/topic-change.ts'
import type { BorrowedMemory } from '../src/network/response-queue.ts'
import { openServices, type Services } from '../src/services.ts'

export interface HandlerRigOptions {
  readonly settings?: ConfigSettings
  /** Those of an earlier rig, for a restart. */
  readonly files?: FileSystem
  /** Log dirs; `/data` by default. */
  readonly dirs?: readonly string[]
  readonly logger?: Logger
  /** False for a journal, as on a disk. */
  readonly inMemory?: boolean
  /** Where it is to tell what it does. */
  readonly metrics?: MetricsRegistry
}

/** Everything behind the network: requests go through the codecs to the handlers and back. */
export class HandlerRig implements AsyncDisposable {
  readonly broker: Services
  readonly clock: ManualClock
  readonly files: FileSystem

  private constructor(broker: Services, clock: ManualClock, files: FileSystem) {
    this.broker = broker
    this.clock = clock
    this.files = files
  }

  static async start(options: HandlerRigOptions = {}): Promise<HandlerRig> {
    const { files = memoryFileSystem(), settings = {}, logger = silentLogger } = options
    const { inMemory = true, dirs = ['/data'], metrics } = options
    const { config } = loadConfig({ settings: { listeners: 'PLAINTEXT://:0', ...settings } })
    const clock = new ManualClock()
    const place = { files, dirs, volatile: true, inMemory, remove: async () => {} }
    const broker = await openServices({ config, place, clock, logger }, metrics)
    return new HandlerRig(broker, clock, files)
  }

  /** The answer as a client of that version would read it. */
  async ask<Request, Response>(
    api: Api<Request, Response>,
    apiVersion: number,
    request: Request,
    origin: Partial<RequestOrigin> = {},
  ): Promise<Response> {
    const handler = handlersByKey.get(api.key)
    if (handler === undefined) throw new Error(`${api.name} is not served`)
    if (apiVersion < handler.minVersion || apiVersion > handler.maxVersion) {
      throw new Error(`${api.name} is not served at version ${apiVersion}`)
    }
    const received = throughWire(api.request, request, apiVersion)
    const borrowed: BorrowedMemory[] = []
    const answer = await handler.answer(received, this.broker, {
      ...from(apiVersion),
      borrow: (memory) => borrowed.push(memory),
      ...origin,
    })
    // The handler is the one registered for this API.
    const answered = throughWire(api.response, answer as Response, apiVersion)
    for (const memory of borrowed) memory.release()
    return answered
  }

  /** Makes a topic, or says why not. */
  async createTopic(
    name: string,
    { partitions = 1, configs = {} }: { partitions?: number; configs?: object } = {},
  ): Promise<TopicOutcome> {
    const wanted = { name, partitions, replicationFactor: -1, assignments: [] }
    const texts = new Map(Object.entries<string>({ ...configs }))
    const [outcome] = await this.broker.topics.create([{ ...wanted, configs: texts }])
    if (outcome === undefined) throw new Error('no outcome')
    return outcome
  }

  /** Appends one batch; ends when it is committed. @returns its base offset. */
  append(topic: string, records: readonly Partial<RecordInput>[], partition = 0): Promise<number> {
    const found = this.broker.topics.byName(topic)?.partitions[partition]
    if (found === undefined) throw new Error(`there is no ${topic}-${partition}`)
    const timestamp = this.clock.nowMs()
    const whole = records.map((record) => ({ timestamp, key: null, value: null, ...record }))
    const { log, leaderEpoch } = found
    if (log === undefined) throw new Error(`${topic}-${partition} is offline`)
    const result = log.appendAsLeader(encodeRecordBatch({ records: whole }), {
      origin: 'client',
      leaderEpoch,
    })
    if (result.errorCode !== ErrorCode.NONE) throw new Error(result.errorMessage)
    return new Promise((resolve, reject) => {
      const committed = (): void => resolve(result.baseOffset)
      log.whenCommitted(result.lastOffset + 1, {
        committed,
        failed: (_log, error) => reject(error),
      })
    })
  }

  /** A broker on the same files, after an orderly stop. */
  async restart(options: HandlerRigOptions = {}): Promise<HandlerRig> {
    await this.broker.close()
    return HandlerRig.start({ ...options, files: this.files })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.close()
  }
}

function throughWire<T>(codec: Api<T, T>['request'], value: T, version: number): T {
  const writer = new WireWriter()
  codec.encode(writer, value, version)
  return codec.decode(new WireReader(Buffer.concat(writer.finish())), version)
}

function from(apiVersion: number): RequestOrigin {
  return {
    apiVersion,
    clientId: 'test',
    principalName: 'ANONYMOUS',
    requestBytes: 100,
    connectionId: 1,
    listenerName: 'PLAINTEXT',
    remoteAddress: '127.0.0.1',
    remotePort: 50_000,
    clientSoftware: { name: 'tests', version: '1.0' },
    localAddress: '127.0.0.1',
    localPort: 9092,
    signal: new AbortController().signal,
    requestTaken: () => {},
    goOnLater: (work) => void setImmediate(work),
    goOnWhen: (ready, work) => void ready.then(work),
    borrow: () => {},
    requestThrottleMs: () => 0,
    mute: () => {},
    closeConnection: () => {},
  }
}
