import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'

/** What the rig exits with when the machine failed, and not the command in it. */
const MACHINE_FAILED = 125
const LIMIT_MS = 400_000 // more than the rig gives itself, so that its word is heard
const REPOSITORY = join(import.meta.dirname, '../../..')
/**
 * Node takes the types out of TypeScript with WebAssembly; where code that was optimised runs on
 * an emulated processor, a third of all starts with many files end in a segmentation fault.
 */
const NODE_FLAGS = ['--liftoff-only', '--conditions=@pafka/source']

export interface GuestEnded {
  readonly code: number
  /** What it printed, as far as the power reached. */
  readonly output: string
}

export interface GuestOptions {
  /** Backing file of the NVDIMM, kept; else one that is thrown away. */
  readonly pmem?: string
  /** Cuts the power so long after the line READY; `code` is 0 then. */
  readonly cutAfterSeconds?: number
}

/**
 * The rig `nvdimm-vm`: a virtual machine with an NVDIMM, ext4 with DAX on it at /mnt/pmem, and the
 * repository as its working folder, read-only. Sources run as they are.
 */
export class NvdimmMachine {
  /** For one test that boots it once or twice. */
  static readonly limitMs: number = 2 * LIMIT_MS
  readonly #rig: string

  private constructor(rig: string) {
    this.#rig = rig
  }

  /** Builds it where that was not done yet. @returns why there is none here, else the machine. */
  static async find(): Promise<NvdimmMachine | string> {
    const rigs = process.env['PAFKA_RIGS'] ?? join(REPOSITORY, '../shared/rigs')
    const rig = join(rigs, 'nvdimm-vm')
    if (!existsSync(rig)) return 'no ../shared/rigs/nvdimm-vm'
    const machine = new NvdimmMachine(rig)
    const boots = async (): Promise<boolean> =>
      (await machine.#call('run', '--', 'true')).code === 0
    if (await boots()) return machine
    const { output } = await machine.#call('build', process.execPath)
    return (await boots()) ? machine : `no virtual machine: ${output}`
  }

  /** Boots it, runs a script of the repository in it, by its whole path, and ends it. */
  async run(
    script: string,
    args: readonly string[],
    options: GuestOptions = {},
  ): Promise<GuestEnded> {
    const { pmem, cutAfterSeconds } = options
    const disk = pmem === undefined ? [] : ['--pmem', pmem]
    const cut = cutAfterSeconds === undefined ? [] : ['--cut-after', String(cutAfterSeconds)]
    const node = ['node', ...NODE_FLAGS, relative(REPOSITORY, script), ...args]
    const ended = await this.#call('run', ...disk, ...cut, '--share', REPOSITORY, '--', ...node)
    if (ended.code === MACHINE_FAILED)
      throw new Error(`the virtual machine failed: ${ended.output}`)
    return ended
  }

  #call(...args: readonly string[]): Promise<GuestEnded> {
    const options = { timeout: LIMIT_MS, maxBuffer: 64 * 2 ** 20 }
    return new Promise((resolve) => {
      execFile(this.#rig, args, options, (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : 0
        const isKilled = error !== null && typeof error.code !== 'number'
        resolve({ code: isKilled ? -1 : code, output: stdout + stderr })
      })
    })
  }
}
