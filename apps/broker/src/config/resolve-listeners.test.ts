import { expect, test } from 'vitest'

import { ConfigError } from '@pafka/base'

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

test('listeners are parsed, their names in upper case', () => {
  const { config } = loadConfig({
    settings: {
      listeners: 'plaintext://[::1]:9092, Inside://10.0.0.1:0',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,inside:plaintext',
      'advertised.listeners': 'INSIDE://broker-1.example:19092',
      'inter.broker.listener.name': 'inside',
    },
  })
  const securityProtocol = 'PLAINTEXT'
  expect(config.listeners).toEqual([
    { name: 'PLAINTEXT', host: '::1', port: 9092, securityProtocol },
    { name: 'INSIDE', host: '10.0.0.1', port: 0, securityProtocol },
  ])
  expect(config.advertisedListeners).toEqual([
    { name: 'INSIDE', host: 'broker-1.example', port: 19_092 },
  ])
  expect(config.interBrokerListenerName).toBe('INSIDE')
})

test('without a word there is one listener and nothing advertised', () => {
  const { config } = loadConfig()
  expect(config.listeners).toEqual([
    { name: 'PLAINTEXT', host: '', port: 9092, securityProtocol: 'PLAINTEXT' },
  ])
  expect(config.advertisedListeners).toBeNull()
  expect(config.interBrokerListenerName).toBe('PLAINTEXT')
})

test("the listeners of Kafka's controllers are left out", () => {
  const { config } = loadConfig({
    settings: {
      listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      'advertised.listeners': 'PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093',
      'controller.listener.names': 'CONTROLLER',
    },
  })
  expect(config.listeners.map(({ name }) => name)).toEqual(['PLAINTEXT'])
  expect(config.advertisedListeners?.map(({ name }) => name)).toEqual(['PLAINTEXT'])
})

test.each([
  [{ listeners: '' }, 'names no listener'],
  [{ listeners: '9092' }, '9092 should be name://host:port'],
  [{ listeners: 'PLAINTEXT://:65536' }, 'should be name://host:port'],
  [{ listeners: 'PLAINTEXT://:-1' }, 'should be name://host:port'],
  [{ listeners: 'PLAINTEXT://::1:9092' }, 'should be name://host:port'],
  [{ listeners: 'http://a/b:9092' }, 'should be name://host:port'],
  [{ listeners: 'SSL://:9093' }, 'SSL asks for SSL, which is not served yet'],
  [{ listeners: 'SASL_SSL://:9093' }, 'asks for SASL_SSL, which is not served yet'],
  [{ listeners: 'OUT://:9093' }, 'OUT has no protocol; add OUT:PLAINTEXT to'],
  [{ listeners: 'PLAINTEXT://a:1,plaintext://b:2' }, 'PLAINTEXT is there twice'],
  [
    { listeners: 'PLAINTEXT://:1,A://10.0.0.1:1', 'listener.security.protocol.map': 'A:SSL' },
    'PLAINTEXT has no protocol',
  ],
  [{ 'advertised.listeners': 'PLAINTEXT://0.0.0.0:9092' }, 'an address that nobody can go to'],
  [{ 'advertised.listeners': 'OTHER://a:9092' }, 'OTHER is not one of listeners'],
  [{ 'inter.broker.listener.name': 'OTHER' }, 'OTHER is not one of listeners'],
  [{ 'listener.security.protocol.map': 'PLAINTEXT' }, 'PLAINTEXT should be name:protocol'],
])('%j is refused', (settings, expected) => {
  expect(problemsOf(settings).join('\n')).toContain(expected)
})

test('two listeners may have one port on two addresses, not on the same', () => {
  const map = { 'listener.security.protocol.map': 'A:PLAINTEXT,B:PLAINTEXT' }
  expect(problemsOf({ ...map, listeners: 'A://10.0.0.1:9092,B://10.0.0.2:9092' })).toEqual([])
  expect(problemsOf({ ...map, listeners: 'A://:0,B://:0' })).toEqual([])
  expect(problemsOf({ ...map, listeners: 'A://:9092,B://10.0.0.2:9092' })).toEqual([
    'config: listeners: B and A both want port 9092',
  ])
})
