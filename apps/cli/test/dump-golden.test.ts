import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { beforeAll, expect, test } from 'vitest'

import {
  append,
  appendOfProducers,
  createLog,
  dump,
  type Dumped,
  MARKER,
  openStore,
  writeCatalog,
} from './sample-folder.ts'

const config = { segmentBytes: 700, indexIntervalBytes: 100 }
let folder = ''

beforeAll(async () => {
  const temporary = await temporaryFolder()
  folder = temporary.path
  const store = await openStore(folder, { channel: 'file', config })
  const log = createLog(store, config)
  await append(log, 8)
  await appendOfProducers(log)
  await store.close()
  writeCatalog(folder)
  const marked = join(folder, 'orders-0', '00000000000000000100')
  writeFileSync(`${marked}.log`, MARKER)
  const aborted = Buffer.alloc(34)
  for (const [at, value] of [7n, 90n, 99n, 101n].entries())
    aborted.writeBigInt64BE(value, 2 + at * 8)
  writeFileSync(`${marked}.txnindex`, aborted)
  return () => temporary[Symbol.asyncDispose]()
})

/** Without what is another each time: the folder and the random ids. */
function steady({ text }: Dumped): string {
  return text
    .replaceAll(folder, 'data')
    .replaceAll(/((?:cluster|directory)\.id(?:=|","value":"))[\w-]{22}/g, '$1*')
}

test('a whole folder, for people', async () => {
  const dumped = await dump('--records', '--verify', folder)
  expect(dumped).toMatchObject({ exitCode: 0, errors: '' })
  await expect(steady(dumped)).toMatchFileSnapshot('fixtures/dump.txt')
})

test('a whole folder, as JSON', async () => {
  const dumped = await dump('--json', '--records', '--verify', folder)
  expect(dumped.exitCode).toBe(0)
  for (const line of dumped.text.trimEnd().split('\n')) {
    const found = JSON.parse(line) as object
    expect(Object.keys(found).slice(0, 2)).toEqual(['file', 'type'])
  }
  await expect(steady(dumped)).toMatchFileSnapshot('fixtures/dump-json.txt')
})
