# Three tiers. Pinned segments go where they are pinned and stay, whatever the threshold.
path pmem PMEM 100M
path ssd SSD 200M
path hdd HDD 1G
start
wish gold pin PMEM
wish junk exclude PMEM
wish log prefer HDD
seal gold-0@0 16M on ssd
  -> copy gold-0@0 ssd -> pmem
  -> commit gold-0@0 on pmem
  -> retire gold-0@0 on ssd
seal junk-0@0 16M on pmem
  -> copy junk-0@0 pmem -> ssd
  -> commit junk-0@0 on ssd
  -> retire junk-0@0 on pmem
seal log-0@0 16M on pmem
show use
  -> pmem 32 MiB, ssd 16 MiB, hdd 0 B
seal a-0@0 16M on pmem
seal a-0@100 16M on pmem
  -> copy log-0@0 pmem -> hdd
  -> commit log-0@0 on hdd
  -> retire log-0@0 on pmem
  -> copy a-0@0 pmem -> ssd
  -> commit a-0@0 on ssd
  -> retire a-0@0 on pmem
show use
  -> pmem 32 MiB, ssd 32 MiB, hdd 16 MiB
wish gold pin HDD
  -> copy gold-0@0 pmem -> hdd
  -> commit gold-0@0 on hdd
  -> retire gold-0@0 on pmem
  -> copy a-0@0 ssd -> pmem
  -> commit a-0@0 on pmem
  -> retire a-0@0 on ssd
show use
  -> pmem 32 MiB, ssd 16 MiB, hdd 32 MiB
