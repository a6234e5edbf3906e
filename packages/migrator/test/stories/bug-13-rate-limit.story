# Bug 13: no rate limit. 60 MiB at 10 MiB a second take six seconds, copy and read-back together.
path nvme NVME 100M
path hdd HDD 1G
limit 10M
start
seal t-0@0 60M on nvme
  -> copy t-0@0 nvme -> hdd
tick 5.5s
show use
  -> nvme 60 MiB, hdd 0 B
tick 1s
  -> commit t-0@0 on hdd
  -> retire t-0@0 on nvme
show use
  -> nvme 0 B, hdd 60 MiB
show figures
  -> {"moved":[{"from":"NVME","to":"HDD","moves":1,"bytes":62914560}],"failed":{"begin":0,"read":0,"write":0,"sync":0,"read-back":0,"commit":0,"abandon":0},"gone":0,"underWay":0,"underWayBytes":0,"waiting":0,"excessBytes":0,"tiers":[{"name":"NVME","phase":"filling","excessBytes":0,"leaving":0,"arriving":0},{"name":"HDD","phase":"rest","excessBytes":0,"leaving":0,"arriving":0}],"segments":1,"stateMs":{"idle":500,"migrating":0,"throttled":6000,"heldBack":0}}
