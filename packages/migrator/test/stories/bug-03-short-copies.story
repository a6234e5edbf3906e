# Bug 3: a short copy was logged and accepted.
path nvme NVME 100M
path hdd HDD 1G
start
fail write on hdd short
seal t-0@0 60M on nvme
  -> copy t-0@0 nvme -> hdd
  -> drop the copy of t-0@0 on hdd
  -> move-failed: segment t-0@0, to hdd, step read-back, cause 1048575 of 1048576 bytes from byte 0 on, afterMs 1000
show use
  -> nvme 60 MiB, hdd 0 B
heal hdd
tick 1s
  -> copy t-0@0 nvme -> hdd
  -> commit t-0@0 on hdd
  -> retire t-0@0 on nvme
show use
  -> nvme 0 B, hdd 60 MiB
# Bytes that differ are no copy either, wherever they went wrong.
fail write on hdd wrong
seal t-0@100 60M on nvme
  -> copy t-0@100 nvme -> hdd
  -> drop the copy of t-0@100 on hdd
  -> move-failed: segment t-0@100, to hdd, step read-back, cause the copy differs from byte 0 on, afterMs 1000
heal hdd
fail read-back on hdd wrong
tick 1s
  -> copy t-0@100 nvme -> hdd
  -> drop the copy of t-0@100 on hdd
  -> move-failed: segment t-0@100, to hdd, step read-back, cause the copy differs from byte 0 on, afterMs 2000
heal hdd
tick 2s
  -> copy t-0@100 nvme -> hdd
  -> commit t-0@100 on hdd
  -> retire t-0@100 on nvme
show use
  -> nvme 0 B, hdd 120 MiB
