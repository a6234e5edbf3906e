import { expect, test } from 'vitest'

import { ConfigError } from '@pafka/base'

import { loadConfig } from './load-config.ts'

function listenerOf(text: string): unknown {
  const settings = { listeners: 'PLAINTEXT://127.0.0.1:9092', 'metrics.listener': text }
  return loadConfig({ settings }).config.metricsListener
}

test('metrics are off unless they are asked for', () => {
  expect(loadConfig({ settings: {} }).config.metricsListener).toBeNull()
  expect(listenerOf('')).toBeNull()
})

test.each([
  ['127.0.0.1:9404', { host: '127.0.0.1', port: 9404 }],
  [':9404', { host: '', port: 9404 }],
  ['[::1]:0', { host: '::1', port: 0 }],
  ['metrics.example:80', { host: 'metrics.example', port: 80 }],
  ['10.0.0.1:9092', { host: '10.0.0.1', port: 9092 }],
])('%s is a place', (text, endpoint) => {
  expect(listenerOf(text)).toEqual(endpoint)
})

test.each([
  ['9404', 'should be host:port, such as 127.0.0.1:9404'],
  ['localhost', 'should be host:port'],
  ['localhost:99999', 'should be host:port'],
  ['http://localhost:9404', 'should be host:port'],
  ['127.0.0.1:9092', 'PLAINTEXT wants port 9092 too'],
  [':9092', 'PLAINTEXT wants port 9092 too'],
])('%s is refused: it %s', (text, why) => {
  expect(() => listenerOf(text)).toThrow(ConfigError)
  expect(() => listenerOf(text)).toThrow(why)
})
