// The whole log in a virtual machine with an NVDIMM and MAP_SYNC, whose power is cut under load.
import { join } from 'node:path'
import { NvdimmMachine, temporaryFolder } from '@pafka/testing'
import { describe, expect, test, type TestContext } from 'vitest'

const CHILD = join(import.meta.dirname, 'nvdimm-child.ts')
const CUTS = [
  ['pmem', 1],
  ['pmem', 15],
  ['journal', 10],
] as const

const found = await NvdimmMachine.find()
if (typeof found === 'string') console.warn(`persistent memory is not emulated: ${found}`)

function machineOr({ skip }: TestContext): NvdimmMachine {
  return typeof found === 'string' ? skip(found) : found
}

describe('with an emulated NVDIMM', { timeout: NvdimmMachine.limitMs }, () => {
  test.for(CUTS)(
    'channel %s: what was acked outlives a power cut after %s s',
    async ([channel, cutAfterSeconds], context) => {
      const machine = machineOr(context)
      await using folder = await temporaryFolder()
      const pmem = join(folder.path, 'nvdimm')
      const place = [channel, '/mnt/pmem/data']
      const cut = await machine.run(CHILD, ['write', ...place], { pmem, cutAfterSeconds })
      expect(cut.code, cut.output).toBe(0)
      expect(cut.output).toContain('"isPowerSafe":true')
      const mapped =
        channel === 'pmem' ? /^MAP_SYNC .*\/topic-\d\/\d+\.log$/gm : /^MAP_SYNC .*\/ring$/gm
      expect(cut.output.match(mapped)).toHaveLength(channel === 'pmem' ? 4 : 1)
      // The last line may be torn by the cut: a whole one ends with a dot.
      const [, ends] = [...cut.output.matchAll(/^ACKED ([\d ]+)\.$/gm)].at(-1) ?? []
      if (ends === undefined) throw new Error(`nothing was acked: ${cut.output}`)
      const args = ['verify', ...place, ...ends.split(' ')]
      const { code, output } = await machine.run(CHILD, args, { pmem })
      expect(code, output).toBe(0)
      expect(output.match(/^FOUND \d+ in \d/gm)).toHaveLength(4)
    },
  )
})
