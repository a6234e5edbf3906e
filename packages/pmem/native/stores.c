// Stores that go around the cache, flushes of cache lines, and fences.
#include <string.h>

#include "region.h"

static size_t into_line(const char *at) { return (uintptr_t)at & (LINE_BYTES - 1); }

#ifdef TRACED // by tools/prebuilds/order-check.c, which has a cache that forgets
#include "traced.h"

#elif defined(__x86_64__)
#include <cpuid.h>
#include <emmintrin.h>

static enum { CLFLUSH, CLFLUSHOPT, CLWB } flush = CLFLUSH; // every x86-64 has clflush

void store_detect(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
  flush = b >> 24 & 1 ? CLWB : b >> 23 & 1 ? CLFLUSHOPT : CLFLUSH;
}

const char *store_copy_name(void) { return "movntdq"; }

const char *store_flush_name(void) {
  return flush == CLWB ? "clwb" : flush == CLFLUSHOPT ? "clflushopt" : "clflush";
}

void store_fence(void) { _mm_sfence(); }

static void flush_line(const char *line) {
  if (flush == CLWB) asm volatile("clwb %0" : : "m"(*line) : "memory");
  else if (flush == CLFLUSHOPT) asm volatile("clflushopt %0" : : "m"(*line) : "memory");
  else asm volatile("clflush %0" : : "m"(*line) : "memory");
}

// A whole line at a time, so that it leaves the write-combining buffer in one piece.
static void copy_lines(char *to, const char *from, size_t length, bool flush_lines) {
  (void)flush_lines; // nothing of it stays in the cache
  for (size_t at = 0; at < length; at += LINE_BYTES) {
    const __m128i *source = (const __m128i *)(from + at);
    __m128i *target = (__m128i *)(to + at);
    __m128i w0 = _mm_loadu_si128(source), w1 = _mm_loadu_si128(source + 1);
    __m128i w2 = _mm_loadu_si128(source + 2), w3 = _mm_loadu_si128(source + 3);
    _mm_stream_si128(target, w0);
    _mm_stream_si128(target + 1, w1);
    _mm_stream_si128(target + 2, w2);
    _mm_stream_si128(target + 3, w3);
  }
}

#elif defined(__aarch64__)
#include <sys/auxv.h>
#ifndef HWCAP_DCPOP
#define HWCAP_DCPOP (1 << 16)
#endif

static bool has_cvap = false; // clean to the point of persistence: ARMv8.2 and later

void store_detect(void) { has_cvap = getauxval(AT_HWCAP) & HWCAP_DCPOP; }

const char *store_copy_name(void) { return "memcpy"; }

const char *store_flush_name(void) { return has_cvap ? "dc cvap" : "none"; }

void store_fence(void) { asm volatile("dsb sy" : : : "memory"); }

static void flush_line(const char *line) {
  if (has_cvap) asm volatile(".arch armv8.2-a\n\tdc cvap, %0" : : "r"(line) : "memory");
}

// Non-temporal stores are only a hint on this processor, so what is copied is flushed.
static void copy_lines(char *to, const char *from, size_t length, bool flush_lines) {
  memcpy(to, from, length);
  if (flush_lines) store_flush(to, length);
}

#else
#error "no prebuild is made for this processor"
#endif

void store_flush(const char *from, size_t length) {
  if (length == 0) return;
  const char *line = from - into_line(from);
  for (; line < from + length; line += LINE_BYTES) flush_line(line);
}

// A line that is written in part takes the cache and is flushed.
static void copy_edge(char *to, const char *from, size_t length, bool flush_lines) {
  memcpy(to, from, length);
  if (flush_lines) store_flush(to, length);
}

void store_copy(char *to, const char *from, size_t length, bool flush_lines) {
  if (to < from + length && from < to + length) { // of one region, onto itself
    memmove(to, from, length);
    if (flush_lines) store_flush(to, length);
    return;
  }
  size_t head = (LINE_BYTES - into_line(to)) % LINE_BYTES;
  if (head > length) head = length;
  size_t lines = (length - head) & ~(size_t)(LINE_BYTES - 1);
  copy_edge(to, from, head, flush_lines);
  copy_lines(to + head, from + head, lines, flush_lines);
  copy_edge(to + head + lines, from + head + lines, length - head - lines, flush_lines);
}
