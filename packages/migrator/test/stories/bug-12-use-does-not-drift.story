# Bug 12: used bytes drifted. Every way a move may end gives back what it reserved.
path nvme NVME 100M
path hdd HDD 120M
threads 3
start
seal t-0@0 30M on nvme
seal t-0@100 30M on nvme
  -> copy t-0@0 nvme -> hdd
  -> commit t-0@0 on hdd
  -> retire t-0@0 on nvme
hold write on hdd
tick 1s
seal t-0@200 30M on nvme
  -> copy t-0@100 nvme -> hdd
# Reserved: nothing more fits in the hdd, though it is empty yet.
seal t-0@300 9M on nvme
show use
  -> nvme 69 MiB, hdd 30 MiB
# Deleted while it is copied.
delete t-0@100
fail commit on hdd EIO
free hdd
  -> move-failed: segment t-0@100, to hdd, step commit, cause EIO
heal hdd
tick 1m
show use
  -> nvme 39 MiB, hdd 30 MiB
seal t-0@400 40M on nvme
  -> copy t-0@200 nvme -> hdd
  -> copy t-0@300 nvme -> hdd
  -> commit t-0@300 on hdd
  -> retire t-0@300 on nvme
  -> commit t-0@200 on hdd
  -> retire t-0@200 on nvme
tick 1m
show use
  -> nvme 40 MiB, hdd 69 MiB
show figures
  -> {"moved":[{"from":"NVME","to":"HDD","moves":3,"bytes":72351744}],"failed":{"begin":0,"read":0,"write":0,"sync":0,"read-back":0,"commit":1,"abandon":0},"gone":0,"underWay":0,"underWayBytes":0,"waiting":0,"excessBytes":0,"tiers":[{"name":"NVME","phase":"rest","excessBytes":0,"leaving":0,"arriving":0},{"name":"HDD","phase":"rest","excessBytes":0,"leaving":0,"arriving":0}],"segments":4,"stateMs":{"idle":121000,"migrating":0,"throttled":0,"heldBack":0}}
