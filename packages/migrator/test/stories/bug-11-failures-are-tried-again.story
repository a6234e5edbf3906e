# Bug 11: errors were swallowed and a failed task was never tried again.
path nvme NVME 100M
path hdd HDD 1G
start
fail write on hdd EIO
seal t-0@0 60M on nvme
  -> copy t-0@0 nvme -> hdd
  -> drop the copy of t-0@0 on hdd
  -> move-failed: segment t-0@0, to hdd, step write, cause EIO, afterMs 1000
tick 1s
  -> copy t-0@0 nvme -> hdd
  -> drop the copy of t-0@0 on hdd
  -> move-failed: segment t-0@0, to hdd, step write, cause EIO, afterMs 2000
tick 2s
  -> copy t-0@0 nvme -> hdd
  -> drop the copy of t-0@0 on hdd
  -> move-failed: segment t-0@0, to hdd, step write, cause EIO, afterMs 4000
  -> path-left-alone: path hdd, role to, cause EIO
# Three in a row: the path is left alone, told once, for growing times.
tick 9s
tick 1m
  -> copy t-0@0 nvme -> hdd
  -> drop the copy of t-0@0 on hdd
  -> move-failed: segment t-0@0, to hdd, step write, cause EIO, afterMs 8000
  -> copy t-0@0 nvme -> hdd
  -> drop the copy of t-0@0 on hdd
  -> move-failed: segment t-0@0, to hdd, step write, cause EIO, afterMs 16000
tick 1m
  -> copy t-0@0 nvme -> hdd
  -> drop the copy of t-0@0 on hdd
  -> move-failed: segment t-0@0, to hdd, step write, cause EIO, afterMs 32000
heal hdd
tick 2m
  -> copy t-0@0 nvme -> hdd
  -> commit t-0@0 on hdd
  -> retire t-0@0 on nvme
  -> path-works-again: path hdd, role to
show use
  -> nvme 0 B, hdd 60 MiB
show figures
  -> {"moved":[{"from":"NVME","to":"HDD","moves":1,"bytes":62914560}],"failed":{"begin":0,"read":0,"write":6,"sync":0,"read-back":0,"commit":0,"abandon":0},"gone":0,"underWay":0,"underWayBytes":0,"waiting":0,"excessBytes":0,"tiers":[{"name":"NVME","phase":"filling","excessBytes":0,"leaving":0,"arriving":0},{"name":"HDD","phase":"rest","excessBytes":0,"leaving":0,"arriving":0}],"segments":1,"stateMs":{"idle":252000,"migrating":0,"throttled":0,"heldBack":0}}
# A disk that cannot be read is not asked to be written to any less.
fail read on nvme EIO
seal t-0@100 60M on nvme
  -> copy t-0@100 nvme -> hdd
  -> drop the copy of t-0@100 on hdd
  -> move-failed: segment t-0@100, to hdd, step read, cause EIO, afterMs 1000
heal nvme
tick 1s
  -> copy t-0@100 nvme -> hdd
  -> commit t-0@100 on hdd
  -> retire t-0@100 on nvme
show use
  -> nvme 0 B, hdd 120 MiB
