/* Counts a process's syncs, and with BENCH_SYNC_MS makes each take so much longer, as an SD card would. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static volatile long count = 0;

long bench_syncs(void) { return count; }

static int slow(int (*real)(int), int fd) {
    const char *ms = getenv("BENCH_SYNC_MS");
    int done = real(fd);
    __sync_fetch_and_add(&count, 1);
    if (ms) {
        long n = atol(ms);
        struct timespec t = {n / 1000, (n % 1000) * 1000000L};
        nanosleep(&t, NULL);
    }
    return done;
}

int fsync(int fd) { return slow((int (*)(int))dlsym(RTLD_NEXT, "fsync"), fd); }
int fdatasync(int fd) { return slow((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"), fd); }
