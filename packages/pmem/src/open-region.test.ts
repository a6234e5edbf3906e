import { temporaryFolder } from '@pafka/testing'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'

import { nativeBinding } from './native-binding.ts'
import { createRegion, openRegion } from './open-region.ts'
import { PmemError } from './pmem-error.ts'
import { PmemRegion } from './pmem-region.ts'

const isNative = !(nativeBinding() instanceof PmemError)

test('linux on x64 and arm64 have a binary', () => {
  const expected = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
  expect(isNative).toBe(expected)
})

test.skipIf(!isNative)('a file is mapped where that can be', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'region')
  createRegion(path, 4096).close()
  using region = openRegion(path)
  expect(region).toBeInstanceOf(PmemRegion)
  expect(() => createRegion(path, 4096)).toThrow('EEXIST')
  expect(() => openRegion(join(folder.path, 'none'))).toThrow('ENOENT')
})

test('a granularity that is none is refused, with those there are', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'region')
  createRegion(path, 4096).close()
  for (const asked of ['Page', null, 5, '__proto__', 'toString', '']) {
    const options = { persistGranularity: asked as 'page' }
    const refusal = `persistGranularity ${inspect(asked)} is none of byte, cache-line, page`
    expect(() => openRegion(path, options)).toThrow(refusal)
    expect(() => createRegion(`${path}-new`, 4096, options)).toThrow(refusal)
    expect(existsSync(`${path}-new`)).toBe(false)
    if (isNative) expect(() => PmemRegion.open(path, options)).toThrow(refusal)
  }
})

test('by pages nothing is reserved, whatever keeps them', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'region')
  createRegion(path, 8192).close()
  const options = { persistGranularity: 'page', reserveBytes: 1 << 20 } as const
  using region = openRegion(path, options)
  expect(region.sizeBytes).toBe(8192)
  region.copyAndPersist(Buffer.from('durable'), 8000)
})

/** A platform without a binary, which this process cannot be. */
const PROGRAM = `
Object.defineProperty(process, 'arch', { value: 'none' })
const { createRegion, openRegion, PmemRegion, probePmem } = await import(process.argv[1])
const path = process.argv[2] + '/region'
const first = createRegion(path, 5000)
first.copyAndPersist(Buffer.from('kept'), 4000)
first.close()
using second = openRegion(path)
let refused
try { PmemRegion.open(path) } catch ({ code, message }) { refused = { code, message } }
console.log(JSON.stringify({
  kind: second.constructor.name,
  capability: second.capability,
  probed: probePmem(process.argv[2]).why,
  text: Buffer.from(second.view.subarray(4000, 4004)).toString(),
  refused,
}))
`

test('where no binary fits, a plain file says that it is not power-safe', async () => {
  await using folder = await temporaryFolder()
  const index = join(import.meta.dirname, 'index.ts')
  const args = ['--input-type=module', '-e', PROGRAM, '--', index, folder.path]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(stderr).toBe('')
  const found = JSON.parse(stdout) as { capability: { why: string }; probed: string }
  expect(found).toMatchObject({
    kind: 'FileRegion',
    text: 'kept',
    capability: { isPowerSafe: false, persistGranularity: 'page', instructions: 'none' },
    refused: { code: 'ENOSYS', message: expect.stringContaining('no prebuilt binary') as string },
  })
  expect(found.capability.why).toMatch(/no prebuilt binary .* loads on .*-none.*not power-safe$/)
  expect(found.probed).toBe(found.capability.why)
})
