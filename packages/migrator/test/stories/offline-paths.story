# Nothing is moved from or to a path that is offline, and all goes on when it is back.
path nvme NVME 100M
path hdd1 HDD 1G
path hdd2 HDD 500M
start
offline hdd1
offline hdd2
seal t-0@0 60M on nvme
tick 1h
show plans
  -> planned 4 times
online hdd2
  -> copy t-0@0 nvme -> hdd2
  -> commit t-0@0 on hdd2
  -> retire t-0@0 on nvme
show use
  -> nvme 0 B, hdd1 0 B, hdd2 60 MiB
offline nvme
wish t pin NVME
tick 1m
online nvme
  -> copy t-0@0 hdd2 -> nvme
  -> commit t-0@0 on nvme
  -> retire t-0@0 on hdd2
show use
  -> nvme 60 MiB, hdd1 0 B, hdd2 0 B
