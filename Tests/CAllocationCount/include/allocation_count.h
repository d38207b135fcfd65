#pragma once
#include <stdint.h>

/// How often this thread has asked the system's allocator for memory since it began.
uint64_t allocation_count(void);
