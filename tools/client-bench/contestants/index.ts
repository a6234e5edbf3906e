import type { Contestant } from '../contestant.ts'
import { confluent } from './confluent.ts'
import { kafkaJs } from './kafkajs.ts'
import { pafka } from './pafka.ts'
import { platformatic } from './platformatic.ts'

/** The clients for Node. */
export const contestants: readonly Contestant[] = [pafka, kafkaJs, platformatic, confluent]
