import { expect, test } from 'vitest'

import { parseHosts } from './hosts.ts'

const GIVEN = { ssh: 'ssh -p 2222', remoteCommand: 'npx @pafka/perf', localCommand: ['node', 'me'] }

test('hosts are reached by ssh, which asks for nothing, and this machine without', () => {
  const hosts = parseHosts({ ...GIVEN, hosts: 'local, me@node-1  10.0.0.1' })
  expect(hosts.map(({ name }) => name)).toEqual(['local', 'me@node-1', '10.0.0.1'])
  expect(hosts[0]?.command).toEqual(['node', 'me', 'agent'])
  const options = ['-p', '2222', '-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10']
  const command = ['ssh', ...options, 'me@node-1', 'npx @pafka/perf agent']
  expect(hosts[1]?.command).toEqual(command)
})

test.for([
  ['', '--hosts: 0 of them, should be 1 to 1000'],
  ['-oProxyCommand=evil', '--hosts: -oProxyCommand=evil is no name of a host'],
  ['node-1;reboot', '--hosts: node-1;reboot is no name of a host'],
  ['node-1 node-1', '--hosts: node-1 is there twice'],
  ['local localhost', '--hosts: this machine is there twice'],
])('%j are no hosts', ([hosts = '', problem = '']) => {
  expect(() => parseHosts({ ...GIVEN, hosts })).toThrow(problem)
})

test('without what connects there are none', () => {
  expect(() => parseHosts({ ...GIVEN, ssh: ' ', hosts: 'a' })).toThrow('--ssh: there is no command')
})
