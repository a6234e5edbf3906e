import { ConfigError } from '@pafka/base'
import { expect, onTestFinished, test, vi } from 'vitest'

import { type ConfigSettings, loadConfig } from './load-config.ts'

function problemsOf(settings: ConfigSettings): readonly string[] {
  try {
    loadConfig({ settings })
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test('segments of the offsets topic are no smaller than those of any topic may be', () => {
  expect(problemsOf({ 'offsets.topic.segment.bytes': 1_048_575 })).toEqual([
    'config: offsets.topic.segment.bytes: is less than 1048576, the least that a topic may have',
  ])
  expect(problemsOf({ 'offsets.topic.segment.bytes': 1_048_576 })).toEqual([])
})

test('a relative folder is a problem when the working directory is gone', () => {
  const spy = vi.spyOn(process, 'cwd').mockImplementation(() => {
    throw Object.assign(new Error('ENOENT: uv_cwd'), { code: 'ENOENT' })
  })
  onTestFinished(() => spy.mockRestore())
  expect(problemsOf({ 'log.dirs': '/somewhere' })).toEqual([])
  expect(problemsOf({ 'log.dirs': 'data' })).toEqual([
    'config: log.dirs: data is relative, and the working directory is not there any more (ENOENT)',
  ])
})
