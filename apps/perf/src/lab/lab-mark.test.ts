import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

import { expect, test, vi } from 'vitest'

import { isOfDeadLab, newMark } from './lab-mark.ts'

test('what a process made that has ended is told from all else', () => {
  const { pid } = spawnSync(process.execPath, ['--version'])
  const mark = newMark(pid)
  expect(mark).not.toBe(newMark(pid))
  expect(isOfDeadLab(mark)).toBe(true)
  const [own, first] = [newMark(), newMark(1)]
  const elsewhere = mark.replace(/-[\da-f]{8}-/u, '-01234567-')
  for (const name of [own, first, elsewhere, `${mark}.img`, `x${mark}`, `pafka-lab-${pid}`]) {
    expect([name, isOfDeadLab(name)]).toEqual([name, false])
  }
})

test.runIf(process.platform === 'linux')(
  'who has ended and was not asked how has ended',
  async () => {
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'])
    try {
      const pid = Number(String((await once(parent.stdout, 'data'))[0]).trim())
      await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '))
      expect(isOfDeadLab(newMark(pid))).toBe(true)
    } finally {
      parent.kill()
    }
  },
)
