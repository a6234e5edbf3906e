import { expect, test } from 'vitest'

import { advertisedEndpoint, plainAddress } from './advertised-endpoint.ts'
import { loadConfig } from './load-config.ts'

function endpointOf(
  settings: { listeners: string; 'advertised.listeners'?: string },
  localAddress = '::ffff:172.17.0.2',
  localPort = 9092,
): string {
  const map = 'PLAINTEXT:PLAINTEXT,OUT:PLAINTEXT'
  const all = { ...settings, 'listener.security.protocol.map': map }
  const { config } = loadConfig({ settings: all })
  const { host, port } = advertisedEndpoint(config, 'PLAINTEXT', { localAddress, localPort })
  return `${host} ${port}`
}

test('what is advertised comes first', () => {
  const listeners = 'PLAINTEXT://0.0.0.0:9092'
  const advertised = 'PLAINTEXT://broker.example:19092'
  expect(endpointOf({ listeners, 'advertised.listeners': advertised })).toBe('broker.example 19092')
})

test("then the listener's own host", () => {
  expect(endpointOf({ listeners: 'PLAINTEXT://localhost:9092' })).toBe('localhost 9092')
  expect(endpointOf({ listeners: 'PLAINTEXT://[::1]:9092' })).toBe('::1 9092')
})

test.each(['PLAINTEXT://:9092', 'PLAINTEXT://0.0.0.0:9092', 'PLAINTEXT://[::]:9092'])(
  '%s tells a client the address that it came to',
  (listeners) => {
    expect(endpointOf({ listeners })).toBe('172.17.0.2 9092')
    expect(endpointOf({ listeners }, '127.0.0.1')).toBe('127.0.0.1 9092')
    expect(endpointOf({ listeners }, 'fd00::7')).toBe('fd00::7 9092')
  },
)

test('a port taken at start is the one that was taken', () => {
  expect(endpointOf({ listeners: 'PLAINTEXT://127.0.0.1:0' }, '127.0.0.1', 40_123)).toBe(
    '127.0.0.1 40123',
  )
  const advertised = { 'advertised.listeners': 'PLAINTEXT://host.docker.internal:0' }
  expect(endpointOf({ listeners: 'PLAINTEXT://:0', ...advertised }, '127.0.0.1', 40_123)).toBe(
    'host.docker.internal 40123',
  )
})

test('a listener that is not advertised while another is keeps its own ways', () => {
  const listeners = 'PLAINTEXT://:9092,OUT://:9093'
  expect(endpointOf({ listeners, 'advertised.listeners': 'OUT://out.example:9093' })).toBe(
    '172.17.0.2 9092',
  )
})

test('only IPv4 in IPv6 is taken apart', () => {
  expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1')
  expect(plainAddress('::FFFF:10.0.0.1')).toBe('10.0.0.1')
  expect(plainAddress('::1')).toBe('::1')
  expect(plainAddress('10.0.0.1')).toBe('10.0.0.1')
  expect(plainAddress('')).toBe('localhost')
})
