// What every Node driver shares: arguments, records on disk, and the loop "handle, commit, stop".
import { createReadStream, openSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const text = { type: 'string' }

/** @returns the verb (produce, consume, copy or admin) and the options of the driver contract. */
export function readArguments() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      bootstrap: text,
      topic: text,
      codec: text,
      input: text,
      group: text,
      count: text,
      output: text,
      target: text,
      'transactional-id': text,
      'abort-every': { type: 'string', default: '0' },
      'session-ms': { type: 'string', default: '30000' },
      idempotent: { type: 'boolean', default: false },
      committed: { type: 'boolean', default: false },
    },
  })
  const count = values.count === undefined ? Number.POSITIVE_INFINITY : Number(values.count)
  return {
    verb: positionals[0],
    ...values,
    count,
    topics: values.topic.split(','),
    transactionalId: values['transactional-id'],
    abortEvery: Number(values['abort-every']),
    sessionMs: Number(values['session-ms']),
  }
}

/** The client is installed in a folder of its own, never among the workspace's dependencies. */
export function requireClient(name) {
  return createRequire(join(process.env.PAFKA_CLIENT_HOME, 'package.json'))(name)
}

const decode = (base64) => (base64 === null ? null : Buffer.from(base64, 'base64'))
const encode = (bytes) =>
  bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString('base64')

/** @returns records as Buffers: `{ key, value, headers: [name, value][] }`. */
export async function readInput(path) {
  const records = []
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const { key, value, headers } = JSON.parse(line)
    records.push({
      key: decode(key),
      value: decode(value),
      headers: headers.map(([name, bytes]) => [name, decode(bytes)]),
    })
  }
  return records
}

/**
 * Slices of at most `count` records and about `bytes` bytes, so that no request is refused as too
 * large.
 */
export function* slicesOf(records, count = 200, bytes = 500_000) {
  let slice = []
  let size = 0
  for (const record of records) {
    slice.push(record)
    size += record.value?.length ?? 0
    if (slice.length < count && size < bytes) continue
    yield slice
    slice = []
    size = 0
  }
  if (slice.length > 0) yield slice
}

/** Writes what a consumer was handed, at once, for the runner reads along. */
export class Output {
  // oxlint-disable-next-line typescript/prefer-readonly -- JavaScript has no readonly fields
  #file
  #left
  #done
  finished = new Promise((resolve) => (this.#done = resolve))

  constructor({ output, count }) {
    this.#file = openSync(output, 'a')
    this.#left = count
    process.stdin.on('end', () => this.#done()).resume() // the runner's word to leave the group
  }

  get full() {
    return this.#left <= 0
  }

  write({ topic, partition, offset, key, value, headers }) {
    const line = {
      topic,
      partition,
      offset: Number(offset),
      key: encode(key),
      value: encode(value),
      headers: headers.map(([name, bytes]) => [name, encode(bytes)]),
    }
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
    this.#left--
  }

  /** To be called once what was written is committed too. */
  finishIfFull() {
    if (this.full) this.#done()
  }
}

/** Which records go into which transactions, how these end, and when all is done. */
export class CopyPlan {
  // oxlint-disable-next-line typescript/prefer-readonly -- JavaScript has no readonly fields
  #left
  // oxlint-disable-next-line typescript/prefer-readonly -- as above
  #abortEvery
  #number = 0
  #done
  finished = new Promise((resolve) => (this.#done = resolve))

  constructor({ count, abortEvery }) {
    this.#left = count
    this.#abortEvery = abortEvery
    process.stdin.on('end', () => this.#done()).resume()
  }

  /** How many records the next transaction takes at most. */
  get room() {
    return Math.min(this.#left, 20)
  }

  /** @param transact copies the records in a transaction; true: commits it */
  async copy(records, transact) {
    this.#number += 1
    if (this.#abortEvery > 0 && this.#number % this.#abortEvery === 0) await transact(false)
    await transact(true)
    this.#left -= records.length
    process.stdout.write(`committed ${records.length}\n`)
    if (this.#left === 0) this.#done()
  }
}

/** Tells the runner which partitions this member owns. */
export function reportAssigned(partitions) {
  process.stdout.write(`assigned ${partitions.toSorted((a, b) => a - b).join(' ')}\n`)
}

/** Where the client itself would go on as if nothing had happened. */
export function giveUp(error) {
  process.stderr.write(`${error.stack}\n`)
  process.exit(1)
}

export async function run(verbs) {
  const options = readArguments()
  const result = await verbs[options.verb](options)
  if (result !== undefined) process.stdout.write(`${JSON.stringify(result)}\n`)
  process.exit(0)
}
