// Do the native copy, persist and store64 flush and fence all that they should? Neither a memory
// file system nor a virtual machine has a cache to lose, so here is one: what is flushed is on
// its way, a fence brings it to the medium, and after each call the medium must have it all.
//   order-check              exit 0 when it has
//   order-check FAULT        `flush`, `fence` or `copy` is left out now and then: must exit 1
#define _GNU_SOURCE
#include "traced.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (3 * 4096)
#define MAX_LINES (2 * SIZE / LINE_BYTES)

static Region *region;
static char medium[SIZE];
static struct {
  size_t at;
  char bytes[LINE_BYTES];
} on_way[MAX_LINES];
static size_t count;
static const char *fault = "";
static unsigned calls;

// One in seven of the kind that is to fail.
static bool left_out(const char *kind) { return !strcmp(fault, kind) && ++calls % 7 == 0; }

static void set_out(const char *line) {
  if (count == MAX_LINES || (uintptr_t)line % LINE_BYTES) abort();
  on_way[count].at = line - region->base;
  memcpy(on_way[count++].bytes, line, LINE_BYTES);
}

void store_detect(void) {}

void flush_line(const char *line) {
  if (!left_out("flush")) set_out(line);
}

void copy_lines(char *to, const char *from, size_t length, bool flush_lines) {
  (void)flush_lines;
  if (length % LINE_BYTES) abort();
  memcpy(to, from, length);
  for (size_t at = 0; at < length; at += LINE_BYTES)
    if (!left_out("copy")) set_out(to + at);
}

void store_fence(void) {
  if (left_out("fence")) return;
  for (size_t at = 0; at < count; at++)
    memcpy(medium + on_way[at].at, on_way[at].bytes, LINE_BYTES);
  count = 0;
}

static unsigned below(unsigned limit) {
  static uint64_t state = 1;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(state >> 33) % limit;
}

static void expect_durable(const char *call, size_t at, size_t length) {
  if (!memcmp(region->base + at, medium + at, length)) return;
  printf("%s of %zu bytes at %zu: not all of it is durable\n", call, length, at);
  exit(1);
}

static void expect_done(int error) {
  if (error) abort();
}

int main(int arguments, char **values) {
  if (arguments > 1) fault = values[1];
  int fd = memfd_create("order-check", 0);
  if (fd < 0 || ftruncate(fd, SIZE)) abort();
  expect_done(region_map(fd, SIZE, false, GRANULARITY_CACHE_LINE, &region));
  char bytes[SIZE];
  for (unsigned round = 0; round < 100000; round++) {
    size_t length = below(below(8) ? 400 : SIZE), at = below(SIZE - length);
    memset(bytes, 1 + round % 255, length);
    switch (below(4)) {
      case 0:
        expect_done(region_copy(region, at, bytes, length));
        expect_done(region_fence(region));
        expect_durable("copy and fence", at, length);
        break;
      case 1:
        memcpy(region->base + at, bytes, length);
        expect_done(region_persist(region, at, length));
        expect_durable("persist", at, length);
        break;
      case 2:
        expect_done(region_store64(region, at & ~(size_t)7, round));
        expect_durable("store64", at & ~(size_t)7, 8);
        break;
      default: { // a part of the region onto another, over itself too
        size_t from = below(SIZE - length);
        expect_done(region_copy(region, at, region->base + from, length));
        expect_done(region_fence(region));
        expect_durable("copy within", at, length);
      }
    }
  }
  puts("all of it is durable");
  return 0;
}
