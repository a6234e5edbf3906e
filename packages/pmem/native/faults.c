// What happens when the memory of a region is not there: the file was truncated, the medium is
// damaged, or a sparse file finds no room. The processor raises SIGBUS in whichever thread
// touched it, and by default the process dies. Here the lost pages become zeros of the process's
// own, the thread goes on, and the region is failed: its next call reports that.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "region.h"

#ifndef STATX_ATTR_DAX
#define STATX_ATTR_DAX 0x00200000
#endif

// Of all regions, since the start: while there was none nobody has to be asked.
static atomic_uint fault_count;

// Held for a few instructions that touch no region's memory, so the handler may wait for it.
static atomic_flag lock = ATOMIC_FLAG_INIT;
static Region *regions;
static struct sigaction previous;
static bool installed;

static void take_lock(void) {
  while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire)) {}
}

static void give_lock(void) { atomic_flag_clear_explicit(&lock, memory_order_release); }

// statx by number: what libc has for it differs between versions, and handlers may call it.
static int status_of(int fd, struct statx *status) {
  return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_SIZE, status) ? errno : 0;
}

int64_t file_size(int fd) {
  struct statx status;
  int error = status_of(fd, &status);
  return error ? -error : (int64_t)status.stx_size;
}

int file_has_dax(int fd) {
  struct statx status;
  if (status_of(fd, &status) || !(status.stx_attributes_mask & STATX_ATTR_DAX)) return -1;
  return (status.stx_attributes & STATX_ATTR_DAX) != 0;
}

// All that lies behind the end of a file that was cut, or the one page that cannot be read.
static bool replace_lost(Region *region, char *at) {
  size_t page = page_size();
  char *end = region->base + region->mapped;
  char *from = (char *)((uintptr_t)at & ~(page - 1));
  char *to = from + page;
  int64_t size = file_size(region->fd);
  if (size >= 0) {
    char *left = region->base + (((size_t)size + page - 1) & ~(page - 1));
    if (from >= left) from = left, to = end;
  }
  int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  if (mmap(from, to - from, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) return false;
  int sound = 0;
  atomic_compare_exchange_strong(&region->failed, &sound, EIO);
  atomic_fetch_add(&fault_count, 1);
  return true;
}

static bool replace_lost_of_any(char *at) {
  bool replaced = false;
  take_lock();
  for (Region *region = regions; region; region = region->next) {
    if (at < region->base || at >= region->base + region->mapped) continue;
    replaced = replace_lost(region, at);
    break;
  }
  give_lock();
  return replaced;
}

static void on_bus_error(int number, siginfo_t *info, void *context) {
  int error = errno;
  // A positive code is the kernel's own; the address of a sent signal means nothing.
  bool replaced = info->si_code > 0 && replace_lost_of_any(info->si_addr);
  errno = error;
  if (replaced) return;
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(number, info, context);
  } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    sigaction(number, &previous, NULL); // the access is repeated, and ends as it would have
    if (info->si_code <= 0) raise(number);
  } else {
    previous.sa_handler(number);
  }
}

int faults_under(const char *from, size_t length) {
  int error = 0;
  if (fault_count == 0) return 0;
  take_lock();
  for (Region *region = regions; region && !error; region = region->next) {
    bool apart = from + length <= region->base || from >= region->base + region->mapped;
    if (!apart) error = region->failed;
  }
  give_lock();
  return error;
}

int faults_watch(Region *region) {
  int error = 0;
  take_lock();
  if (!installed) {
    struct sigaction action = {.sa_sigaction = on_bus_error};
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    if (sigaction(SIGBUS, &action, &previous)) error = errno;
    else installed = true;
  }
  if (!error) {
    region->next = regions;
    regions = region;
  }
  give_lock();
  return error;
}

void faults_forget(Region *region) {
  take_lock();
  for (Region **link = &regions; *link; link = &(*link)->next) {
    if (*link != region) continue;
    *link = region->next;
    break;
  }
  give_lock();
}
