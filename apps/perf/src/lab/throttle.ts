import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How fast a device may be. */
export interface DeviceRates {
  /** Each way. */
  readonly bytesPerSecond: number
  /** Each way. */
  readonly operationsPerSecond: number
}

/** What the kernel does to a device; undone when it is disposed of. */
export interface Throttle extends Disposable {
  /** Has it slow for this process too; the first way slows all there are. @throws {Error} */
  add(pid: number): void
}

/** Where the kernel is told, of one version of its control groups. */
export interface ThrottleWay {
  /** @param device `MAJOR:MINOR`. @throws {Error} when the kernel refuses */
  begin(device: string, rates: DeviceRates): Throttle
}

/**
 * The way of this system: version 1 slows a device for everybody, version 2 for processes that are
 * put into a group.
 * @param root where control groups are mounted
 * @returns undefined when there is none
 */
export function throttleWay(root = '/sys/fs/cgroup'): ThrottleWay | undefined {
  const blkio = join(root, 'blkio')
  if (existsSync(join(blkio, 'blkio.throttle.write_bps_device'))) return new BlkioWay(blkio)
  const unified = [root, join(root, 'unified')].find(hasIo)
  return unified === undefined ? undefined : new IoMaxWay(unified)
}

function hasIo(path: string): boolean {
  const file = join(path, 'cgroup.controllers')
  return existsSync(file) && readFileSync(file, 'utf8').split(/\s/u).includes('io')
}

/** Version 1. */
class BlkioWay implements ThrottleWay {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  begin(device: string, rates: DeviceRates): Throttle {
    this.#tell(device, rates)
    const none = { bytesPerSecond: 0, operationsPerSecond: 0 }
    return { add() {}, [Symbol.dispose]: () => this.#tell(device, none) }
  }

  /** 0 is no limit. */
  #tell(device: string, { bytesPerSecond, operationsPerSecond }: DeviceRates): void {
    for (const way of ['read', 'write']) {
      const file = (what: string): string =>
        join(this.#path, `blkio.throttle.${way}_${what}_device`)
      writeFileSync(file('bps'), `${device} ${bytesPerSecond}`)
      writeFileSync(file('iops'), `${device} ${operationsPerSecond}`)
    }
  }
}

/** Version 2. */
class IoMaxWay implements ThrottleWay {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  begin(device: string, { bytesPerSecond, operationsPerSecond }: DeviceRates): Throttle {
    const group = join(this.#root, `pafka-lab-${process.pid}`)
    // groups below the root have it only when it says so
    writeFileSync(join(this.#root, 'cgroup.subtree_control'), '+io')
    mkdirSync(group)
    try {
      const [bytes, operations] = [`bps=${bytesPerSecond}`, `iops=${operationsPerSecond}`]
      const limits = ['r', 'w'].map((way) => `${way}${bytes} ${way}${operations}`)
      writeFileSync(join(group, 'io.max'), `${device} ${limits.join(' ')}`)
    } catch (error) {
      rmdirSync(group)
      throw error
    }
    return {
      add: (pid) => writeFileSync(join(group, 'cgroup.procs'), String(pid)),
      // who was in it has ended: a group with processes does not go
      [Symbol.dispose]: () => rmdirSync(group),
    }
  }
}
