// The same in a virtual machine with an NVDIMM, DAX and MAP_SYNC, whose power is cut under load.
import { join } from 'node:path'
import { NvdimmMachine, temporaryFolder } from '@pafka/testing'
import { describe, expect, test, type TestContext } from 'vitest'

import { regionContract } from './region-contract.ts'

const CHILD = join(import.meta.dirname, 'guest-child.ts')

const found = await NvdimmMachine.find()
if (typeof found === 'string') console.warn(`persistent memory is not emulated: ${found}`)

function machineOr({ skip }: TestContext): NvdimmMachine {
  return typeof found === 'string' ? skip(found) : found
}

/** Writes until the power goes, so long after the first record. @returns what was durable */
async function writeUntilCut(
  machine: NvdimmMachine,
  pmem: string,
  [command, cutAfterSeconds]: readonly [string, number],
): Promise<string> {
  const args = [command, '/mnt/pmem/log']
  const { code, output } = await machine.run(CHILD, args, { pmem, cutAfterSeconds })
  expect(code, output).toBe(0)
  // The last line may be torn by the cut: a whole one ends with a dot.
  const [, end] = [...output.matchAll(/^DURABLE (\d+)\.$/gm)].at(-1) ?? []
  if (end === undefined) throw new Error(`nothing was durable: ${output}`)
  return end
}

describe('with an emulated NVDIMM', { timeout: NvdimmMachine.limitMs }, () => {
  test('the contract holds with MAP_SYNC, and that is called power-safe', async (context) => {
    const machine = machineOr(context)
    const { code, output } = await machine.run(CHILD, ['contract', '/mnt/pmem'])
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
    const machine = machineOr(context)
    const names = ['read the view', 'copy over the end', 'persist lines', 'prefault']
    const faults = names.map((name) => ['faults-child.ts', name] as const)
    const runs = [...faults, ['threads-child.ts', 'are told of a truncation'] as const]
    for (const [script, name] of runs) {
      const { code, output } = await machine.run(join(import.meta.dirname, script), [
        name,
        '/mnt/pmem',
      ])
      expect(code, output).toBe(0)
      expect(output).toMatch(/^done$/m)
    }
  })

  test.for([0.5, 2])(
    'what was durable outlives a power cut after %s s',
    async (seconds, context) => {
      const machine = machineOr(context)
      await using folder = await temporaryFolder()
      const pmem = join(folder.path, 'nvdimm')
      const end = await writeUntilCut(machine, pmem, ['write', seconds])
      const { code, output } = await machine.run(CHILD, ['verify', '/mnt/pmem/log', end], { pmem })
      expect(code, output).toBe(0)
    },
  )

  test('what was not synced does not, or the cut would prove nothing', async (context) => {
    const machine = machineOr(context)
    // A commit of the file system's journal just before the cut saves all of it, once in a while.
    const codes: number[] = []
    while (codes.length < 3 && !codes.includes(1)) {
      await using folder = await temporaryFolder()
      const pmem = join(folder.path, 'nvdimm')
      const end = await writeUntilCut(machine, pmem, ['write-unsynced', 2])
      const { code } = await machine.run(CHILD, ['verify', '/mnt/pmem/log', end], { pmem })
      codes.push(code)
    }
    expect(codes).toContain(1)
  })
})
