# Bug 13: no hysteresis. Segments that come and go around the threshold move once, not to and fro.
path nvme NVME 100M
path hdd HDD 1G
start
seal t-0@0 10M on nvme
seal t-0@100 10M on nvme
seal t-0@200 10M on nvme
seal t-0@300 10M on nvme
seal t-0@400 10M on nvme
seal t-0@500 10M on nvme
  -> copy t-0@0 nvme -> hdd
  -> commit t-0@0 on hdd
  -> retire t-0@0 on nvme
  -> copy t-0@100 nvme -> hdd
  -> commit t-0@100 on hdd
  -> retire t-0@100 on nvme
show use
  -> nvme 40 MiB, hdd 20 MiB
delete t-0@500
show use
  -> nvme 30 MiB, hdd 20 MiB
seal t-0@600 10M on nvme
delete t-0@600
seal t-0@700 10M on nvme
show use
  -> nvme 40 MiB, hdd 20 MiB
