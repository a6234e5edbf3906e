import { expect, test, vi } from 'vitest'

import { logLevel } from './enums.ts'
import { consoleLogCreator, createLogger } from './logger.ts'
import type { LogEntry } from './logger-types.ts'

function collected(level: logLevel) {
  const entries: LogEntry[] = []
  const logger = createLogger(level, () => (entry) => entries.push(entry))
  const seen = () => entries.map(({ namespace, label, log }) => [namespace, label, log.message])
  return { logger, seen, entries }
}

test('lines above the level of a logger are left out; a namespace may have its own', () => {
  const { logger, seen } = collected(logLevel.WARN)
  const own = logger.namespace('Loud', logLevel.DEBUG)
  const common = logger.namespace('Common')
  for (const one of [logger, own, common]) {
    one.info('info')
    one.error('error')
  }
  expect(seen()).toEqual([
    [undefined, 'ERROR', 'error'],
    ['Loud', 'INFO', 'info'],
    ['Loud', 'ERROR', 'error'],
    ['Common', 'ERROR', 'error'],
  ])
  logger.setLogLevel(logLevel.INFO)
  common.info('later')
  common.debug('never')
  expect(seen().at(-1)).toEqual(['Common', 'INFO', 'later'])
})

test('the environment counts more than the program', () => {
  vi.stubEnv('KAFKAJS_LOG_LEVEL', 'error')
  const { logger, seen } = collected(logLevel.DEBUG)
  logger.warn('no')
  logger.error('yes', { topic: 't' })
  expect(seen()).toEqual([[undefined, 'ERROR', 'yes']])
  vi.unstubAllEnvs()
})

test('lines of JSON go to the console, each to the method of its level', () => {
  const written = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const logger = createLogger(logLevel.INFO, consoleLogCreator)
  logger.namespace('Producer').warn('slow', { ms: 7 })
  logger.warn('of all')
  const lines = written.mock.calls.map(([line]): unknown => JSON.parse(String(line)))
  written.mockRestore()
  expect(lines).toMatchObject([
    { level: 'WARN', logger: 'kafkajs', message: '[Producer] slow', ms: 7 },
    { level: 'WARN', logger: 'kafkajs', message: 'of all' },
  ])
})
