# The crash comes after the one durable step: the copy is the segment, and the old one is gone.
path nvme NVME 100M
path hdd HDD 1G
start
seal t-0@0 30M on nvme
reader on t-0@0
seal t-0@100 30M on nvme
  -> copy t-0@0 nvme -> hdd
  -> commit t-0@0 on hdd
show use
  -> nvme 60 MiB (30 MiB old), hdd 30 MiB
crash
show use
  -> nvme 30 MiB, hdd 30 MiB
tick 1h
show use
  -> nvme 30 MiB, hdd 30 MiB
