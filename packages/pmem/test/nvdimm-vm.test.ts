// The same in a virtual machine with an NVDIMM, DAX and MAP_SYNC, whose power is cut under load.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@pafka/testing'
import { beforeAll, describe, expect, test, type TestContext } from 'vitest'

import { regionContract } from './region-contract.ts'

const rigs = process.env['PAFKA_RIGS'] ?? join(import.meta.dirname, '../../../../shared/rigs')
const rig = join(rigs, 'nvdimm-vm')
const share = join(import.meta.dirname, '..')
const LIMIT_MS = 400_000 // more than the rig gives itself, so that its word is heard
/** What the rig exits with when the machine failed, and not the command in it. */
const MACHINE_FAILED = 125

interface Ended {
  readonly code: number
  readonly output: string
}

function rigRun(...args: readonly string[]): Promise<Ended> {
  const options = { timeout: LIMIT_MS, maxBuffer: 64 * 2 ** 20 }
  return new Promise((resolve) => {
    execFile(rig, args, options, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0
      const isKilled = error !== null && typeof error.code !== 'number'
      resolve({ code: isKilled ? -1 : code, output: stdout + stderr })
    })
  })
}

/** Why there is no machine here, or undefined. */
async function whyNot(): Promise<string | undefined> {
  if (!existsSync(rig)) return 'no ../shared/rigs/nvdimm-vm'
  if ((await rigRun('run', '--', 'true')).code !== MACHINE_FAILED) return undefined
  const { output } = await rigRun('build', process.execPath)
  const { code } = await rigRun('run', '--', 'true')
  return code === 0 ? undefined : `no virtual machine: ${output}`
}

function inGuest(...command: readonly string[]): Promise<Ended> {
  return rigRun('run', '--share', share, '--', ...command)
}

/** Writes until the power goes, so long after the first record. */
async function writeUntilCut(pmem: string, command: string, seconds: number): Promise<number> {
  const guest = ['node', 'test/guest-child.ts', command, '/mnt/pmem/log']
  const cut = ['--pmem', pmem, '--share', share, '--cut-after', String(seconds)]
  const { code, output } = await rigRun('run', ...cut, '--', ...guest)
  expect(code, output).toBe(0)
  // The last line may be torn by the cut: a whole one ends with a dot.
  const durable = [...output.matchAll(/^DURABLE (\d+)\.$/gm)].map(([, end]) => Number(end))
  const end = durable.at(-1)
  if (end === undefined) throw new Error(`nothing was durable: ${output}`)
  return end
}

function verify(pmem: string, end: number): Promise<Ended> {
  const guest = ['node', 'test/guest-child.ts', 'verify', '/mnt/pmem/log', String(end)]
  return rigRun('run', '--pmem', pmem, '--share', share, '--', ...guest)
}

describe('with an emulated NVDIMM', { timeout: LIMIT_MS }, () => {
  let missing: string | undefined
  beforeAll(async () => {
    missing = await whyNot()
    if (missing !== undefined) console.warn(`persistent memory is not emulated: ${missing}`)
  }, LIMIT_MS)

  const needsMachine = ({ skip }: TestContext): void => skip(missing !== undefined, missing)

  test('the contract holds with MAP_SYNC, and that is called power-safe', async (context) => {
    needsMachine(context)
    const command = ['node', 'test/guest-child.ts', 'contract', '/mnt/pmem']
    const { code, output } = await inGuest(...command)
    expect(code, output).toBe(0)
    const capability: unknown = JSON.parse(/^CAPABILITY (.*)$/m.exec(output)?.[1] ?? '{}')
    expect(capability).toMatchObject({
      persistGranularity: 'cache-line',
      isPowerSafe: true,
      hasMapSync: true,
      isDax: true,
      fileSystem: 'ext4',
    })
    expect(output).toContain('MEMORY tmpfs is memory that a power cut takes: not power-safe')
    expect(output).not.toContain('FAILED')
    expect(output.match(/^CASE .*: ok$/gm)).toHaveLength(3 * regionContract.length)
  })

  test('a truncated file fails its region only', async (context) => {
    needsMachine(context)
    const names = ['read the view', 'copy over the end', 'persist lines', 'prefault']
    const lines = [...names.map((name) => `faults-child.ts '${name}'`)]
    lines.push("threads-child.ts 'are told of a truncation'")
    const script = lines.map((line) => `node test/${line} /mnt/pmem`).join(' && ')
    const { code, output } = await inGuest('sh', '-c', script)
    expect(code, output).toBe(0)
    expect(output.match(/^done$/gm)).toHaveLength(lines.length)
  })

  test.for([0.5, 2])(
    'what was durable outlives a power cut after %s s',
    async (seconds, context) => {
      needsMachine(context)
      await using folder = await temporaryFolder()
      const pmem = join(folder.path, 'nvdimm')
      const end = await writeUntilCut(pmem, 'write', seconds)
      const { code, output } = await verify(pmem, end)
      expect(code, output).toBe(0)
    },
  )

  test('what was not synced does not, or the cut would prove nothing', async (context) => {
    needsMachine(context)
    // A commit of the file system's journal just before the cut saves all of it, once in a while.
    const codes: number[] = []
    while (codes.length < 3 && !codes.includes(1)) {
      await using folder = await temporaryFolder()
      const pmem = join(folder.path, 'nvdimm')
      const end = await writeUntilCut(pmem, 'write-unsynced', 2)
      codes.push((await verify(pmem, end)).code)
    }
    expect(codes).toContain(1)
  })
})
