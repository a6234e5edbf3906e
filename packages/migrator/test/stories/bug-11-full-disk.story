# Bug 11: no room where there should be some is told, and the other disk is taken.
path nvme NVME 100M
path hdd1 HDD 2G
path hdd2 HDD 1G
start
fail write on hdd1 ENOSPC
seal t-0@0 60M on nvme
  -> copy t-0@0 nvme -> hdd1
  -> drop the copy of t-0@0 on hdd1
  -> move-failed: segment t-0@0, to hdd1, step write, cause ENOSPC, afterMs 1000
  -> path-left-alone: path hdd1, role to, cause ENOSPC
tick 1s
  -> copy t-0@0 nvme -> hdd2
  -> commit t-0@0 on hdd2
  -> retire t-0@0 on nvme
show use
  -> nvme 0 B, hdd1 0 B, hdd2 60 MiB
# What the full one has may still leave it.
seal u-0@0 30M on hdd1
  -> copy u-0@0 hdd1 -> nvme
  -> commit u-0@0 on nvme
  -> retire u-0@0 on hdd1
show use
  -> nvme 30 MiB, hdd1 0 B, hdd2 60 MiB
