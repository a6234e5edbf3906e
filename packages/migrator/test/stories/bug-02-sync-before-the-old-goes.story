# Bug 2: the copy was never synced before the durable original was deleted.
path nvme NVME 100M
path hdd HDD 1G
start
hold sync on hdd
seal t-0@0 60M on nvme
  -> copy t-0@0 nvme -> hdd
tick 1m
# Not synced: the power goes, and the original is what there is.
crash
  -> copy t-0@0 nvme -> hdd
  -> commit t-0@0 on hdd
  -> retire t-0@0 on nvme
show use
  -> nvme 0 B, hdd 60 MiB
# Synced but not committed: the same.
tick 1m
hold commit on hdd
seal t-0@100 60M on nvme
  -> copy t-0@100 nvme -> hdd
tick 1s
show use
  -> nvme 60 MiB, hdd 60 MiB
crash
  -> copy t-0@100 nvme -> hdd
  -> commit t-0@100 on hdd
  -> retire t-0@100 on nvme
show use
  -> nvme 0 B, hdd 120 MiB
