# Deleted while it is copied: no failure, no try again, nothing left behind.
path nvme NVME 100M
path hdd HDD 1G
start
hold sync on hdd
seal t-0@0 60M on nvme
  -> copy t-0@0 nvme -> hdd
delete t-0@0
free hdd
show figures
  -> {"moved":[],"failed":{"begin":0,"read":0,"write":0,"sync":0,"read-back":0,"commit":0,"abandon":0},"gone":1,"underWay":0,"underWayBytes":0,"waiting":0,"excessBytes":0,"tiers":[{"name":"NVME","phase":"filling","excessBytes":0,"leaving":0,"arriving":0},{"name":"HDD","phase":"rest","excessBytes":0,"leaving":0,"arriving":0}],"segments":0,"stateMs":{"idle":0,"migrating":0,"throttled":0,"heldBack":0}}
tick 1h
show use
  -> nvme 0 B, hdd 0 B
