import { clusterCalls } from './cluster-calls.ts'
import { configCalls } from './config-calls.ts'
import { groupCalls } from './group-calls.ts'
import { recordCalls } from './record-calls.ts'
import type { ToolCall, ToolCalls } from './tool-call.ts'
import { topicCalls } from './topic-calls.ts'

export type PartName = 'topics' | 'groups' | 'configs' | 'records' | 'cluster'

/** All calls; each part has a JVM, and names, of its own. */
export const parts: ReadonlyMap<PartName, readonly ToolCall[]> = new Map([
  ['topics', wholeCalls(topicCalls)],
  ['groups', wholeCalls(groupCalls)],
  ['configs', wholeCalls(configCalls)],
  ['records', wholeCalls(recordCalls)],
  ['cluster', wholeCalls(clusterCalls)],
])

function wholeCalls(calls: ToolCalls): ToolCall[] {
  return calls.map((call) => {
    const whole = typeof call === 'string' ? { line: call } : call
    return { ...whole, line: whole.line.replaceAll(/\s+/g, ' ') }
  })
}
