# Retention made room in the fast tier: the newest cold segments come up, to the low watermark.
path nvme NVME 100M
path hdd HDD 1G
seal t-0@0 16M on hdd
seal t-0@100 16M on hdd
seal t-0@200 16M on hdd
seal t-0@300 16M on nvme
start
  -> copy t-0@200 hdd -> nvme
  -> commit t-0@200 on nvme
  -> retire t-0@200 on hdd
show use
  -> nvme 32 MiB, hdd 32 MiB
# It would fit, but then a little more load would bring it down again.
tick 1h
show use
  -> nvme 32 MiB, hdd 32 MiB
