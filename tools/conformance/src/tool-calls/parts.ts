import { clusterCalls } from './cluster-calls.ts'
import { configCalls } from './config-calls.ts'
import { groupCalls } from './group-calls.ts'
import { recordCalls } from './record-calls.ts'
import { shareCalls } from './share-calls.ts'
import { streamsCalls } from './streams-calls.ts'
import type { ToolCall, ToolCalls } from './tool-call.ts'
import { topicCalls } from './topic-calls.ts'

export type PartName =
  | 'topics'
  | 'groups'
  | 'shares'
  | 'streams'
  | 'configs'
  | 'records'
  | 'cluster'

/** All calls; each part has a JVM, and names, of its own. */
export const parts: ReadonlyMap<PartName, readonly ToolCall[]> = new Map([
  ['topics', wholeCalls(topicCalls)],
  ['groups', wholeCalls(groupCalls)],
  ['shares', wholeCalls(shareCalls)],
  ['streams', wholeCalls(streamsCalls)],
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
