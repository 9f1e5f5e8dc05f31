#ifndef BENCHMARK_SUPPORT_H
#define BENCHMARK_SUPPORT_H

/// How many blocks of memory the process has asked for so far, a block that was resized included.
long benchmark_allocations(void);

/// Calls `operation` with `context` that many times.
///
/// Callgrind counts the instructions between the beginning and the end of this function.
void benchmark_repeat(long count, void (*operation)(void *context), void *context);

#endif
