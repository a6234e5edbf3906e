# A disk that does not answer holds nobody up for ever; what it had begun is void.
path nvme NVME 100M
path hdd HDD 1G
start
hold sync on hdd
seal t-0@0 60M on nvme
  -> copy t-0@0 nvme -> hdd
stop
  -> moves-given-up: moves 1
  -> gave up
show use
  -> nvme 60 MiB, hdd 0 B
