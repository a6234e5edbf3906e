import { temporaryFolder } from '@pafka/testing'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { roundTrip } from './round-trip.ts'
import { StartedBroker } from './started-broker.ts'

const ROOT = join(import.meta.dirname, '../..')
const START = [process.execPath, join(import.meta.dirname, 'start.ts')]
const LIMIT_MS = 240_000 // the first start builds

test(
  'the broker serves, is the process that was started, and ends with 0',
  async () => {
    await using data = await temporaryFolder()
    const listeners = ['--override', 'listeners=PLAINTEXT://localhost:0']
    const command = [...START, ...listeners, '--override', `log.dirs=${data.path}`]
    const broker = await StartedBroker.start(command, { cwd: ROOT })
    try {
      expect(broker.output).toContain(data.path)
      expect(await roundTrip(broker.bootstrap, 'hello')).toBe('hello')
    } finally {
      expect(await broker.stop()).toEqual({ code: 0, signal: null })
    }
  },
  LIMIT_MS,
)

test(
  'arguments, their mistakes and the exit code are passed on',
  () => {
    const [program = '', ...args] = START
    const wrong = ['--override', 'no.such.key=1']
    const { status, stderr } = spawnSync(program, [...args, ...wrong], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect(stderr).toContain('no.such.key')
    expect(status).toBe(2)
  },
  LIMIT_MS,
)
