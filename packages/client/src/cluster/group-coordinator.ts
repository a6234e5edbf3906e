import { type Cluster, CoordinatorType } from './cluster.ts'
import { Coordinator } from './coordinator.ts'

/** The broker that looks after a group. */
export class GroupCoordinator extends Coordinator {
  constructor(cluster: Cluster, groupId: string) {
    super(cluster, CoordinatorType.GROUP, groupId, { groupId })
  }
}
