import type { ScenarioName } from '../clients.ts'
import { admin } from './admin.ts'
import { codec } from './codec.ts'
import { connect } from './connect.ts'
import { cross } from './cross.ts'
import { idempotent } from './idempotent.ts'
import { migration } from './migration.ts'
import { operate } from './operate.ts'
import { consumerProtocol, rebalance } from './rebalance.ts'
import { queues } from './queues.ts'
import { restart } from './restart.ts'
import type { Scenario } from './scenario.ts'
import { toolCalls } from './tool-calls.ts'
import { streams, streamsProtocol } from './streams.ts'
import { transactions } from './transactions.ts'
import { perf, verifiable } from './tools.ts'

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  codec,
  cross,
  restart,
  rebalance,
  'consumer-protocol': consumerProtocol,
  migration,
  idempotent,
  transactions,
  admin,
  perf,
  verifiable,
  operate,
  queues,
  'tool-calls': toolCalls,
  connect,
  streams,
  'streams-protocol': streamsProtocol,
}
