# Latency of producers rises while segments are moved: migration slows down, and comes back.
path nvme NVME 1G
path hdd HDD 10G
policy threshold 0.05
limit 64M
start
commits 2ms 100M
show rate
  -> 64 MiB/s
seal t-0@0 60M on nvme
  -> copy t-0@0 nvme -> hdd
seal t-0@100 600M on nvme
tick 1s
  -> commit t-0@0 on hdd
  -> retire t-0@0 on nvme
  -> copy t-0@100 nvme -> hdd
commits 2ms 100M
tick 1s
commits 12ms 100M
show rate
  -> 32 MiB/s
tick 1s
commits 12ms 100M
show rate
  -> 16 MiB/s
tick 1s
commits 2ms 100M
show rate
  -> 20.3 MiB/s
tick 1s
commits 2ms 100M
tick 1s
commits 2ms 100M
tick 1s
commits 2ms 100M
tick 1s
commits 2ms 100M
show rate
  -> 38.0 MiB/s
# Nearly full, draining is what producers need: the latency counts no more.
seal t-0@200 370M on nvme
tick 1s
commits 30ms 100M
show rate
  -> 62.9 MiB/s
