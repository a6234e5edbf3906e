import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { throttleWay } from './throttle.ts'

const RATES = { bytesPerSecond: 4_000_000, operationsPerSecond: 150 }

test('version 1 slows a device for everybody, until it is undone', async () => {
  await using folder = await temporaryFolder()
  const file = (name: string): string => join(folder.path, 'blkio', `blkio.throttle.${name}_device`)
  mkdirSync(join(folder.path, 'blkio'))
  writeFileSync(file('write_bps'), '')
  const read = (): string[] =>
    ['read_bps', 'read_iops', 'write_bps', 'write_iops'].map((name) => {
      return readFileSync(file(name), 'utf8')
    })
  {
    using throttle = throttleWay(folder.path)?.begin('7:1', RATES)
    throttle?.add(17)
    expect(read()).toEqual(['7:1 4000000', '7:1 150', '7:1 4000000', '7:1 150'])
    throttle?.lift()
    expect(read()).toEqual(['7:1 0', '7:1 0', '7:1 0', '7:1 0'])
  }
  expect(read()).toEqual(['7:1 0', '7:1 0', '7:1 0', '7:1 0'])
})

test.for(['', 'unified'])('version 2 slows those of a group, mounted at "%s"', async (at) => {
  await using folder = await temporaryFolder()
  const root = join(folder.path, at)
  mkdirSync(root, { recursive: true })
  writeFileSync(join(root, 'cgroup.controllers'), 'cpuset cpu io memory\n')
  const way = throttleWay(folder.path)
  const throttle = way?.begin('7:1', RATES)
  throttle?.add(17)
  const made = way?.groups().filter((name) => name.startsWith('pafka-lab-')) ?? []
  expect(made).toHaveLength(1)
  const group = join(root, made[0] ?? '')
  const said = ['io.max', 'cgroup.procs'].map((name) => readFileSync(join(group, name), 'utf8'))
  expect(said).toEqual(['7:1 rbps=4000000 riops=150 wbps=4000000 wiops=150', '17'])
  expect(readFileSync(join(root, 'cgroup.subtree_control'), 'utf8')).toBe('+io')
  throttle?.lift()
  const lifted = '7:1 rbps=max riops=max wbps=max wiops=max'
  expect(readFileSync(join(group, 'io.max'), 'utf8')).toBe(lifted)
  // those of the kernel go with their folder
  for (const name of ['io.max', 'cgroup.procs']) rmSync(join(group, name))
  throttle?.[Symbol.dispose]()
  expect(existsSync(group)).toBe(false)
})

test('without a controller for devices there is no way', async () => {
  await using folder = await temporaryFolder()
  expect(throttleWay(folder.path)).toBe(undefined)
  writeFileSync(join(folder.path, 'cgroup.controllers'), 'cpu memory\n')
  expect(throttleWay(folder.path)).toBe(undefined)
})
