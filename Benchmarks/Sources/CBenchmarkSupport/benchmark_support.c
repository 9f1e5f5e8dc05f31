#include "benchmark_support.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

// The C library finds these definitions before its own, and offers its own under other names.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_long allocations;

static void count_one(void) {
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    count_one();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    count_one();
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    count_one();
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count_one();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    count_one();
    *block = __libc_memalign(alignment, size);
    return *block == NULL ? ENOMEM : 0;
}

long benchmark_allocations(void) {
    return atomic_load_explicit(&allocations, memory_order_relaxed);
}

__attribute__((noinline)) void benchmark_repeat(long count, void (*operation)(void *context), void *context) {
    for (long index = 0; index < count; index += 1) { operation(context); }
}
