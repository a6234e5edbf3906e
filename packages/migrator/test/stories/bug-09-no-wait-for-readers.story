# Bug 9: the migrator waited in a loop until the readers of an old copy were done.
path nvme NVME 100M
path hdd HDD 1G
start
seal t-0@0 30M on nvme
reader on t-0@0
seal t-0@100 30M on nvme
  -> copy t-0@0 nvme -> hdd
  -> commit t-0@0 on hdd
# The old copy is there, nobody waits for it, and nothing more is drained in its stead.
show use
  -> nvme 60 MiB (30 MiB old), hdd 30 MiB
show plans
  -> planned 6 times
tick 1h
show plans
  -> planned 0 times
# Others go on meanwhile; the copy goes when its reader does.
seal t-0@200 21M on nvme
  -> copy t-0@100 nvme -> hdd
  -> commit t-0@100 on hdd
  -> retire t-0@100 on nvme
show use
  -> nvme 51 MiB (30 MiB old), hdd 60 MiB
leave t-0@0
  -> retire t-0@0 on nvme
show use
  -> nvme 21 MiB, hdd 60 MiB
