import type { CommandContext } from '@pafka/command'
import { Command } from 'commander'

import { agentRun } from '../agent/agent-run.ts'
import { clientThread } from '../agent/client-thread.ts'
import { THREAD_COMMAND } from '../agent/thread.ts'
import { AGENT_COMMAND } from '../bench/hosts.ts'
import { partThread } from '../sweep/part-thread.ts'
import { PART_COMMAND } from '../sweep/thread-part.ts'

/** `pafka-perf agent`: what `bench` starts on each host. It does what comes by standard input. */
export function agentCommand(version: string, context: CommandContext): Command {
  return new Command(AGENT_COMMAND)
    .description('Do what `bench` says on standard input; it starts this on each host.')
    .action(() => agentRun(process.stdin, version, context))
}

/** What an agent starts in each of its threads. */
export function threadCommand(): Command {
  return new Command(THREAD_COMMAND)
    .description('One client of an agent; only in one of its threads.')
    .action(() => clientThread())
}

/** What a sweep starts in each of its threads. */
export function partCommand(): Command {
  return new Command(PART_COMMAND)
    .description('A part of what a sweep measures; only in one of its threads.')
    .action(() => partThread())
}
