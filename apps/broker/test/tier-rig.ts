import { MIB, SECOND_MS } from '@pafka/base'
import { SimulatedDisk } from '@pafka/log'

import { HandlerRig, type HandlerRigOptions } from './handler-rig.ts'

/** The paths of both tiers, and one for the journal. */
export const TIER_DIRS: readonly string[] = ['/fast', '/slow', '/meta']
export const HALF_MIB: Uint8Array = Buffer.alloc(MIB / 2, 'x')
/** The topic that is appended to. */
const TOPIC = 't'

/** A simulated disk for each path of two tiers. */
export function tierFiles(): SimulatedDisk {
  const files = SimulatedDisk.create()
  files.mounts = ['/fast', '/slow']
  return files
}

/** A broker with 80 MiB of a fast tier and 1,000 of a slow one, if nothing else is said. */
export function startTiers(
  settings: Record<string, string>,
  options: HandlerRigOptions = {},
): Promise<HandlerRig> {
  return HandlerRig.start({
    files: tierFiles(),
    dirs: TIER_DIRS,
    inMemory: false,
    ...options,
    settings: {
      'log.channel.type': 'tiered',
      'log.journal.max.bytes': 64 * MIB,
      'log.journal.dir': '/meta/journal', // not to count it
      'storage.tiers.types': 'NVME,HDD',
      'storage.tiers.first.paths': '/fast',
      'storage.tiers.first.sizes': String(80 * MIB),
      'storage.tiers.second.paths': '/slow',
      'storage.tiers.second.sizes': String(1000 * MIB),
      ...settings,
    },
  })
}

/** The clock goes on, and what is due each second is done. */
export async function passSeconds({ clock }: HandlerRig, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    clock.advance(SECOND_MS)
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Appends records of half a MiB, one after the other. */
export async function appendMib(rig: HandlerRig, mib: number, partition = 0): Promise<void> {
  for (let left = 2 * mib; left > 0; left--) {
    await rig.append(TOPIC, [{ value: HALF_MIB }], partition)
  }
}

/** Used bytes of each path of a tier, in MiB. */
export function usedMib({ broker }: HandlerRig): number[] {
  return broker.logs.tiers.paths().map(({ usedBytes }) => Math.round(usedBytes / MIB))
}
