# What is read over and over stays, though it is old; one replay is no reason.
path nvme NVME 100M
path hdd HDD 1G
start
seal t-0@0 20M on nvme
seal t-0@100 20M on nvme
heat t-0@0 8
heat t-0@100 1
seal t-0@200 20M on nvme
  -> copy t-0@100 nvme -> hdd
  -> commit t-0@100 on hdd
  -> retire t-0@100 on nvme
show use
  -> nvme 40 MiB, hdd 20 MiB
