// In place of the processor's instructions in packages/pmem/native/stores.c.
#pragma once
#include "region.h"

void store_detect(void);
void flush_line(const char *line);
void copy_lines(char *to, const char *from, size_t length, bool flush_lines);
