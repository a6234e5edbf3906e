// What the files of this addon know of each other. Functions that can fail return 0 or an errno.
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_BYTES 64 // of the processors that prebuilds are made for

// The unit that has to be made durable, as in libpmem2.
typedef enum {
  GRANULARITY_BYTE,       // caches survive: a fence is enough
  GRANULARITY_CACHE_LINE, // a line is flushed, then a fence
  GRANULARITY_PAGE,       // msync
} Granularity;

// A mapped file. One thread calls it; any thread may touch its memory.
typedef struct Region {
  struct Region *next; // of the list that the SIGBUS handler walks
  char *base;          // page-aligned
  size_t size;         // bytes of the file
  size_t mapped;       // `size` rounded up to pages
  int fd;              // -1 once closed
  Granularity granularity;
  size_t pending_from, pending_to; // page granularity: copied, not yet synced
  atomic_int failed;               // errno of the first failure; never believed again
  int references;                  // handle, view and the view's memory; see addon.c
} Region;

// faults.c
int faults_watch(Region *region);
void faults_forget(Region *region);
int faults_under(const char *from, size_t length); // errno of a failed region that this lies in
int64_t file_size(int fd); // or -errno
int file_has_dax(int fd);  // 1, 0, or -1 where the kernel does not tell

// mapping.c
int region_map(int fd, size_t size, bool sync, Granularity granularity, Region **made);
void region_close(Region *region);   // the memory stays readable, as zeros
void region_release(Region *region); // gives up one reference; the last one frees
int region_copy(Region *region, size_t at, const char *from, size_t length);
int region_persist(Region *region, size_t at, size_t length);
int region_fence(Region *region);
int region_store64(Region *region, size_t at, uint64_t value);
int region_prefault(Region *region, size_t at, size_t length);
int map_sync_errno(int fd);
int allocate(int fd, size_t size);
size_t page_size(void);

// stores.c
void store_copy(char *to, const char *from, size_t length, bool flush_lines);
void store_flush(const char *from, size_t length);
void store_fence(void);
void store_detect(void);
const char *store_copy_name(void);
const char *store_flush_name(void); // "none" where lines cannot be flushed from user space
