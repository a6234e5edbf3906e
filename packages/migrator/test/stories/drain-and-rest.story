# Above the threshold the coldest segments go down, to the low watermark, and then there is rest.
path nvme NVME 100M
path hdd HDD 1G
start
seal t-0@0 16M on nvme
seal t-0@100 16M on nvme
seal t-0@200 16M on nvme
show use
  -> nvme 48 MiB, hdd 0 B
seal t-0@300 16M on nvme
  -> copy t-0@0 nvme -> hdd
  -> commit t-0@0 on hdd
  -> retire t-0@0 on nvme
  -> copy t-0@100 nvme -> hdd
  -> commit t-0@100 on hdd
  -> retire t-0@100 on nvme
show use
  -> nvme 32 MiB, hdd 32 MiB
tick 10m
# An hour without a change costs nothing: no look, no plan.
show plans
  -> planned 11 times
tick 1h
show plans
  -> planned 0 times
