import { ConfigError } from '@pafka/base'

/** Where clients of a bench run. */
export interface BenchHost {
  readonly name: string
  /** What starts its agent. */
  readonly command: readonly string[]
}

export interface HostOptions {
  /** With spaces or commas between them; `local` is this machine. */
  readonly hosts: string
  /** What connects: `ssh`, with its options. */
  readonly ssh: string
  /** What is called there. */
  readonly remoteCommand: string
  /** What is called here. */
  readonly localCommand: readonly string[]
}

const LOCAL = ['local', 'localhost']
const MOST_HOSTS = 1000
/** What ssh takes for the name of a host, and for no option; a user before it. */
const HOST_NAME = /^(?:\w[\w.-]*@)?[\w:[][\w.:[\]%-]*$/u
/** The command of this program that is the agent of a host. */
export const AGENT_COMMAND = 'agent'
/** It asks for no password, and waits no longer than that for a host. */
const SSH_OPTIONS = ['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10']

/** @throws {ConfigError} with all that is wrong */
export function parseHosts({ hosts, ssh, remoteCommand, localCommand }: HostOptions): BenchHost[] {
  const names = hosts.split(/[\s,]+/u).filter((name) => name !== '')
  const problems = names
    .filter((name) => !HOST_NAME.test(name))
    .map((name) => `--hosts: ${name} is no name of a host`)
  const twice = names.filter((name, at) => names.indexOf(name) !== at)
  problems.push(...twice.map((name) => `--hosts: ${name} is there twice`))
  if (names.filter(isLocal).length > 1) problems.push('--hosts: this machine is there twice')
  if (names.length === 0 || names.length > MOST_HOSTS) {
    problems.push(`--hosts: ${names.length} of them, should be 1 to ${MOST_HOSTS}`)
  }
  const [program = '', ...options] = ssh.split(/\s+/u).filter((word) => word !== '')
  if (program === '') problems.push('--ssh: there is no command')
  if (problems.length > 0) throw new ConfigError(problems)
  const remote = `${remoteCommand} ${AGENT_COMMAND}`
  return names.map((name) => ({
    name,
    command: isLocal(name)
      ? [...localCommand, AGENT_COMMAND]
      : [program, ...options, ...SSH_OPTIONS, name, remote],
  }))
}

function isLocal(name: string): boolean {
  return LOCAL.includes(name)
}
