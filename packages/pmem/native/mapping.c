// A file in memory: mapped, copied into, made durable, unmapped.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "region.h"

#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 3
#endif
#ifndef MAP_SYNC
#define MAP_SYNC 0x80000
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

size_t page_size(void) {
  static size_t size;
  if (!size) size = sysconf(_SC_PAGESIZE);
  return size;
}

static size_t whole_pages(size_t size) { return (size + page_size() - 1) & ~(page_size() - 1); }

int allocate(int fd, size_t size) { return fallocate(fd, 0, 0, size) ? errno : 0; }

// Without DAX the kernel says EOPNOTSUPP, and EINVAL when it is older than the flag.
int map_sync_errno(int fd) {
  int flags = MAP_SHARED_VALIDATE | MAP_SYNC;
  void *base = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, flags, fd, 0);
  if (base == MAP_FAILED) return errno;
  munmap(base, page_size());
  return 0;
}

int region_map(int fd, size_t size, bool sync, Granularity granularity, Region **made) {
  Region *region = calloc(1, sizeof *region);
  if (!region) return ENOMEM;
  region->size = size;
  region->mapped = whole_pages(size);
  region->granularity = granularity;
  region->references = 1;
  int error = 0;
  region->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (region->fd < 0) error = errno;
  // Whoever wants to cut the file can ask for an exclusive lock first. Not all file systems
  // have such locks.
  else if (flock(region->fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK) error = EBUSY;
  if (!error) {
    int flags = sync ? MAP_SHARED_VALIDATE | MAP_SYNC : MAP_SHARED;
    region->base = mmap(NULL, region->mapped, PROT_READ | PROT_WRITE, flags, region->fd, 0);
    if (region->base == MAP_FAILED) error = errno;
  }
  if (!error && (error = faults_watch(region))) munmap(region->base, region->mapped);
  if (error) {
    if (region->fd >= 0) close(region->fd);
    free(region);
    return error;
  }
  *made = region;
  return 0;
}

// Something may still hold the memory: a read or write that a thread of libuv's pool is busy
// with, or a view whose buffer was moved. So the file goes at once, and the addresses only with
// the last reference.
void region_close(Region *region) {
  if (region->fd < 0) return;
  int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  mmap(region->base, region->mapped, PROT_READ | PROT_WRITE, flags, -1, 0);
  faults_forget(region);
  close(region->fd);
  region->fd = -1;
}

void region_release(Region *region) {
  if (--region->references > 0) return;
  region_close(region);
  munmap(region->base, region->mapped);
  free(region);
}

static int check(const Region *region, size_t at, size_t length) {
  if (region->fd < 0) return EBADF;
  if (at > region->size || length > region->size - at) return EINVAL;
  return region->failed;
}

// After a sync that failed the kernel calls the pages clean: a second one would only seem to work.
static int fail(Region *region, int error) {
  int sound = 0;
  atomic_compare_exchange_strong(&region->failed, &sound, error);
  return region->failed;
}

static int sync_pages(Region *region, size_t from, size_t to) {
  from &= ~(page_size() - 1);
  if (to > from && msync(region->base + from, to - from, MS_SYNC)) return fail(region, errno);
  // What a truncated file lost, msync passes over in silence.
  int64_t size = file_size(region->fd);
  if (size < 0) return fail(region, (int)-size);
  return (size_t)size < region->size ? fail(region, EIO) : 0;
}

static int sync_pending(Region *region) {
  size_t from = region->pending_from, to = region->pending_to;
  region->pending_from = region->pending_to = 0;
  return to > from ? sync_pages(region, from, to) : 0;
}

int region_copy(Region *region, size_t at, const char *from, size_t length) {
  int error = check(region, at, length);
  if (error) return error;
  store_copy(region->base + at, from, length, region->granularity == GRANULARITY_CACHE_LINE);
  if (region->granularity == GRANULARITY_PAGE && length > 0) {
    bool none = region->pending_to == 0;
    if (none || at < region->pending_from) region->pending_from = at;
    if (at + length > region->pending_to) region->pending_to = at + length;
  }
  if (region->failed) return region->failed;
  return faults_under(from, length) ? EFAULT : 0; // what was copied may be zeros
}

int region_fence(Region *region) {
  if (region->fd < 0) return EBADF;
  if (region->granularity == GRANULARITY_PAGE) {
    int error = sync_pending(region);
    if (error) return error;
  }
  store_fence();
  return region->failed;
}

// A flush need not fault where a page is gone, and no flush never does: a load says it at once.
static void touch_pages(const Region *region, size_t at, size_t length) {
  for (size_t end = at + length; at < end; at = (at | (page_size() - 1)) + 1)
    (void)*(volatile const char *)(region->base + at);
}

int region_persist(Region *region, size_t at, size_t length) {
  int error = check(region, at, length);
  if (error) return error;
  if (region->granularity == GRANULARITY_CACHE_LINE) store_flush(region->base + at, length);
  if (region->granularity == GRANULARITY_PAGE) error = sync_pages(region, at, at + length);
  else touch_pages(region, at, length);
  return error ? error : region_fence(region);
}

int region_store64(Region *region, size_t at, uint64_t value) {
  if (at % sizeof value) return EINVAL;
  int error = check(region, at, sizeof value);
  if (error) return error;
  __atomic_store_n((uint64_t *)(region->base + at), value, __ATOMIC_RELEASE);
  return region_persist(region, at, sizeof value);
}

int region_prefault(Region *region, size_t at, size_t length) {
  int error = check(region, at, length);
  if (error || length == 0) return error;
  size_t from = at & ~(page_size() - 1);
  if (!madvise(region->base + from, at + length - from, MADV_POPULATE_WRITE)) return 0;
  if (errno == EINVAL) return 0; // a kernel that is too old: the first stores take their time
  return fail(region, errno == EFAULT || errno == EHWPOISON ? EIO : errno);
}
