import {
  alterConfigsError,
  createPartitionsError,
  createTopicsError,
  deleteTopicsError,
  describeConfigsError,
  incrementalAlterConfigsError,
} from './admin-answers.ts'
import { alterClientQuotasError, describeClientQuotasError } from './quota-answers.ts'
import {
  apiVersionsError,
  describeClusterError,
  initProducerIdError,
  metadataError,
} from './cluster-answers.ts'
import {
  consumerGroupDescribeError,
  consumerGroupHeartbeatError,
} from './consumer-group-answers.ts'
import {
  deleteRecordsError,
  fetchError,
  listOffsetsError,
  offsetForLeaderEpochError,
  produceError,
} from './data-answers.ts'
import type { ErrorAnswer } from './error-answer.ts'
import type { AnswerableApi } from './fault-apis.ts'
import {
  deleteGroupsError,
  describeGroupsError,
  findCoordinatorError,
  heartbeatError,
  joinGroupError,
  leaveGroupError,
  listGroupsError,
  syncGroupError,
} from './group-answers.ts'
import { offsetCommitError, offsetDeleteError, offsetFetchError } from './offset-answers.ts'
import { streamsGroupDescribeError, streamsGroupHeartbeatError } from './streams-group-answers.ts'
import {
  addOffsetsToTxnError,
  addPartitionsToTxnError,
  endTxnError,
  txnOffsetCommitError,
} from './transaction-answers.ts'

/** For each API the answer that has an error where its clients look for one. */
export const errorAnswers: Readonly<Record<AnswerableApi, ErrorAnswer>> = {
  AddOffsetsToTxn: addOffsetsToTxnError,
  AddPartitionsToTxn: addPartitionsToTxnError,
  AlterClientQuotas: alterClientQuotasError,
  AlterConfigs: alterConfigsError,
  ApiVersions: apiVersionsError,
  ConsumerGroupDescribe: consumerGroupDescribeError,
  ConsumerGroupHeartbeat: consumerGroupHeartbeatError,
  CreatePartitions: createPartitionsError,
  CreateTopics: createTopicsError,
  DeleteGroups: deleteGroupsError,
  DeleteRecords: deleteRecordsError,
  DeleteTopics: deleteTopicsError,
  DescribeClientQuotas: describeClientQuotasError,
  DescribeCluster: describeClusterError,
  DescribeConfigs: describeConfigsError,
  DescribeGroups: describeGroupsError,
  EndTxn: endTxnError,
  Fetch: fetchError,
  FindCoordinator: findCoordinatorError,
  Heartbeat: heartbeatError,
  IncrementalAlterConfigs: incrementalAlterConfigsError,
  InitProducerId: initProducerIdError,
  JoinGroup: joinGroupError,
  LeaveGroup: leaveGroupError,
  ListGroups: listGroupsError,
  ListOffsets: listOffsetsError,
  Metadata: metadataError,
  OffsetCommit: offsetCommitError,
  OffsetDelete: offsetDeleteError,
  OffsetFetch: offsetFetchError,
  OffsetForLeaderEpoch: offsetForLeaderEpochError,
  Produce: produceError,
  StreamsGroupDescribe: streamsGroupDescribeError,
  StreamsGroupHeartbeat: streamsGroupHeartbeatError,
  SyncGroup: syncGroupError,
  TxnOffsetCommit: txnOffsetCommitError,
}
