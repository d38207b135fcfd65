#pragma once
#include <stdint.h>

/// How often this thread has asked the system's allocator for memory since it began.
uint64_t allocation_count(void);

/// The bytes that this thread has allocated less those that it has freed, which may be others'.
int64_t allocated_bytes(void);

/// The most that `allocated_bytes` has been since the thread began, or since it was forgotten.
int64_t highest_allocated_bytes(void);
void forget_highest_allocated_bytes(void);
