import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { newMark } from './lab-mark.ts'

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
  /** Has nothing slow any more, so that what ends does it soon. @throws {Error} */
  lift(): void
}

/** Where the kernel is told, of one version of its control groups. */
export interface ThrottleWay {
  /** @param device `MAJOR:MINOR`. @throws {Error} when the kernel refuses */
  begin(device: string, rates: DeviceRates): Throttle
  /** Undoes what nobody did, for a device. @throws {Error} */
  liftLeft(device: string): void
  /** Names of groups, whosever they are; none where it makes none. */
  groups(): readonly string[]
  /** Takes one away, whose processes have ended. @throws {Error} */
  removeGroup(name: string): void
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
    const lift = (): void => this.liftLeft(device)
    return { add() {}, lift, [Symbol.dispose]: lift }
  }

  liftLeft(device: string): void {
    this.#tell(device, { bytesPerSecond: 0, operationsPerSecond: 0 })
  }

  groups(): readonly string[] {
    return []
  }

  removeGroup(): void {}

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
    const name = newMark()
    const group = join(this.#root, name)
    // groups below the root have it only when it says so
    writeFileSync(join(this.#root, 'cgroup.subtree_control'), '+io')
    mkdirSync(group)
    const tell = (bytes: number | 'max', operations: number | 'max'): void => {
      const limits = ['r', 'w'].map((way) => `${way}bps=${bytes} ${way}iops=${operations}`)
      writeFileSync(join(group, 'io.max'), `${device} ${limits.join(' ')}`)
    }
    try {
      tell(bytesPerSecond, operationsPerSecond)
    } catch (error) {
      rmdirSync(group)
      throw error
    }
    return {
      add: (pid) => writeFileSync(join(group, 'cgroup.procs'), String(pid)),
      lift: () => tell('max', 'max'),
      // who was in it has ended: a group with processes does not go
      [Symbol.dispose]: () => this.removeGroup(name),
    }
  }

  liftLeft(): void {}

  groups(): readonly string[] {
    return readdirSync(this.#root)
  }

  removeGroup(name: string): void {
    rmdirSync(join(this.#root, name))
  }
}
