# Stop ends moves at their next step; a disk that does not answer holds nobody up for ever.
path nvme NVME 100M
path hdd HDD 1G
limit 1M
start
seal t-0@0 60M on nvme
  -> copy t-0@0 nvme -> hdd
tick 3s
stop
  -> drop the copy of t-0@0 on hdd
  -> stopped
show use
  -> nvme 60 MiB, hdd 0 B
