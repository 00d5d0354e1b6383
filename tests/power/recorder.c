/* Records every write, sync, rename and answer of a process, in one order, for replay of power cuts.
 *
 * Loaded by LD_PRELOAD. PCREC_ROOT: only files below it are recorded. PCREC_LOG: where to. PCREC_KILL_AT: after so
 * many operations the process kills itself. PCREC_KILL_STEP: after so many steps of the engine, which are a durable
 * commit and a pulse. PCREC_SHORT: every write takes half of what it is given. Answers are what is sent on a socket
 * that began with "HTTP/1.1".
 * A record is: kind (1 byte), length of path (4), offset (8), length of data (8), path, data; numbers little-endian.
 * Kinds: O create, W write, T truncate, S sync, D sync of a folder, U unlink, R rename and L link (data: the new
 * path), A answer (offset: the socket). Every open file is known by its present name, which the kernel tells.
 * Left out: shared memory of SQLite (it is made anew) and files that have no name any more.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SOCKETS 4096
#define ANSWER 2000

static char answering[SOCKETS];
static int log_fd = -1;
static long count = 0, kill_at = 0, steps = 0, kill_step = 0;
static int halves = 0;
static char root[PATH_MAX];
static size_t root_len = 0;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* At the start of a process, and once more where a process was forked from one that recorded nothing. */
__attribute__((constructor)) void recorder_begin(void) {
    const char *where = getenv("PCREC_ROOT"), *to = getenv("PCREC_LOG"), *at = getenv("PCREC_KILL_AT"),
               *step = getenv("PCREC_KILL_STEP");
    if (!where || !to) return;
    snprintf(root, sizeof root, "%s", where);
    root_len = strlen(root);
    kill_at = at ? atol(at) : 0;
    kill_step = step ? atol(step) : 0;
    halves = getenv("PCREC_SHORT") != NULL;
    log_fd = REAL(open)(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int ends(const char *path, const char *with) {
    size_t n = strlen(path), m = strlen(with);
    return n >= m && strcmp(path + n - m, with) == 0;
}

static int ours(const char *path) {
    if (log_fd < 0 || strncmp(path, root, root_len) != 0) return 0;
    if (path[root_len] != '/' && path[root_len] != 0) return 0;
    return !ends(path, "-shm") && !ends(path, " (deleted)");
}

static void record(char kind, const char *path, uint64_t off, const void *data, uint64_t len) {
    int saved = errno;
    char head[21];
    uint32_t plen = (uint32_t)strlen(path);
    head[0] = kind;
    memcpy(head + 1, &plen, 4);
    memcpy(head + 5, &off, 8);
    memcpy(head + 13, &len, 8);
    struct iovec parts[3] = {{head, 21}, {(void *)path, plen}, {(void *)data, len}};
    pthread_mutex_lock(&lock);
    ssize_t done = REAL(writev)(log_fd, parts, 3);
    count++;
    steps += (kind == 'S' && ends(path, "/locker.db-wal")) || (kind == 'W' && ends(path, "/pulses.jsonl"));
    int die = (kill_at && count >= kill_at) || (kill_step && steps >= kill_step);
    if (die || done < 0) kill(getpid(), SIGKILL);
    pthread_mutex_unlock(&lock);
    errno = saved;
}

/* The present name of an open file if it is one of ours, else NULL. */
static const char *named(int fd, char *full) {
    char link[64];
    int saved = errno;
    if (log_fd < 0 || fd < 0) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, full, PATH_MAX - 1);
    errno = saved;
    if (n <= 0) return NULL;
    full[n] = 0;
    return ours(full) ? full : NULL;
}

/* The full name of a path that is relative to an open folder, or to where the process stands. */
static const char *placed(int at, const char *path, char *full) {
    if (path[0] == '/') return path;
    char link[64];
    if (at == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/self/cwd");
    else
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    ssize_t n = readlink(link, full, PATH_MAX - 2);
    if (n <= 0) return "";
    full[n] = '/';
    snprintf(full + n + 1, PATH_MAX - (size_t)n - 1, "%s", path);
    return full;
}

static void opened(int fd, int made, int flags) {
    char full[PATH_MAX];
    if (!made && !(flags & O_TRUNC)) return;
    const char *path = named(fd, full);
    if (path) record(made ? 'O' : 'T', path, 0, "", 0);
}

#define OPENS(name, params, at, call)                                                          \
    int name params {                                                                          \
        mode_t mode = 0;                                                                       \
        if (flags & O_CREAT) {                                                                 \
            va_list more;                                                                      \
            va_start(more, flags);                                                             \
            mode = va_arg(more, mode_t);                                                       \
            va_end(more);                                                                      \
        }                                                                                      \
        int made = log_fd >= 0 && (flags & O_CREAT) && faccessat(at, path, F_OK, 0) != 0;      \
        int fd = call;                                                                         \
        if (fd >= 0) opened(fd, made, flags);                                                  \
        return fd;                                                                             \
    }

OPENS(open, (const char *path, int flags, ...), AT_FDCWD, REAL(open)(path, flags, mode))
OPENS(open64, (const char *path, int flags, ...), AT_FDCWD, REAL(open64)(path, flags, mode))
OPENS(openat, (int at, const char *path, int flags, ...), at, REAL(openat)(at, path, flags, mode))
OPENS(openat64, (int at, const char *path, int flags, ...), at, REAL(openat64)(at, path, flags, mode))

static void wrote(int fd, int64_t off, const void *data, ssize_t len) {
    char full[PATH_MAX];
    if (len <= 0) return;
    const char *path = named(fd, full);
    if (!path) return;
    if (off < 0) off = lseek(fd, 0, SEEK_CUR) - len;
    record('W', path, (uint64_t)off, data, (uint64_t)len);
}

static void wrote_parts(int fd, int64_t off, const struct iovec *parts, int n, ssize_t len) {
    int64_t at = off < 0 ? lseek(fd, 0, SEEK_CUR) - len : off;
    for (int i = 0; i < n && len > 0; i++) {
        ssize_t part = (ssize_t)parts[i].iov_len < len ? (ssize_t)parts[i].iov_len : len;
        wrote(fd, at, parts[i].iov_base, part);
        at += part;
        len -= part;
    }
}

/* A disk may take less than it is given; who writes must go on with the rest. */
static size_t some(int fd, size_t len) {
    char full[PATH_MAX];
    return halves && len > 1 && named(fd, full) ? len / 2 : len;
}

ssize_t write(int fd, const void *data, size_t len) {
    ssize_t n = REAL(write)(fd, data, some(fd, len));
    wrote(fd, -1, data, n);
    return n;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t off) {
    ssize_t n = REAL(pwrite)(fd, data, some(fd, len), off);
    wrote(fd, off, data, n);
    return n;
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t off) {
    ssize_t n = REAL(pwrite64)(fd, data, some(fd, len), off);
    wrote(fd, off, data, n);
    return n;
}

ssize_t writev(int fd, const struct iovec *parts, int many) {
    ssize_t n = REAL(writev)(fd, parts, many);
    wrote_parts(fd, -1, parts, many, n);
    return n;
}

ssize_t pwritev(int fd, const struct iovec *parts, int many, off_t off) {
    ssize_t n = REAL(pwritev)(fd, parts, many, off);
    wrote_parts(fd, off, parts, many, n);
    return n;
}

ssize_t pwritev64(int fd, const struct iovec *parts, int many, off64_t off) {
    ssize_t n = REAL(pwritev64)(fd, parts, many, off);
    wrote_parts(fd, off, parts, many, n);
    return n;
}

static int cut(int fd, int64_t len, int result) {
    char full[PATH_MAX];
    const char *path = result == 0 ? named(fd, full) : NULL;
    if (path) record('T', path, (uint64_t)len, "", 0);
    return result;
}

int ftruncate(int fd, off_t len) { return cut(fd, len, REAL(ftruncate)(fd, len)); }
int ftruncate64(int fd, off64_t len) { return cut(fd, len, REAL(ftruncate64)(fd, len)); }

static int synced(int fd, int result) {
    char full[PATH_MAX];
    struct stat st;
    const char *path = result == 0 ? named(fd, full) : NULL;
    if (path && fstat(fd, &st) == 0) record(S_ISDIR(st.st_mode) ? 'D' : 'S', path, 0, "", 0);
    return result;
}

int fsync(int fd) { return synced(fd, REAL(fsync)(fd)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)(fd)); }

static int gone(int at, const char *path, int result) {
    char full[PATH_MAX];
    if (result != 0 || log_fd < 0) return result;
    path = placed(at, path, full);
    if (ours(path)) record('U', path, 0, "", 0);
    return result;
}

int unlink(const char *path) { return gone(AT_FDCWD, path, REAL(unlink)(path)); }
int unlinkat(int at, const char *path, int flags) {
    int r = REAL(unlinkat)(at, path, flags);
    return flags & AT_REMOVEDIR ? r : gone(at, path, r);
}

static int renamed(char kind, int from_at, const char *from, int to_at, const char *to, int result) {
    char a[PATH_MAX], b[PATH_MAX];
    if (result != 0 || log_fd < 0) return result;
    from = placed(from_at, from, a);
    to = placed(to_at, to, b);
    if (ours(from) || ours(to)) record(kind, from, 0, to, strlen(to));
    return result;
}

int rename(const char *from, const char *to) {
    return renamed('R', AT_FDCWD, from, AT_FDCWD, to, REAL(rename)(from, to));
}
int renameat(int a, const char *from, int b, const char *to) {
    return renamed('R', a, from, b, to, REAL(renameat)(a, from, b, to));
}
int link(const char *from, const char *to) {
    return renamed('L', AT_FDCWD, from, AT_FDCWD, to, REAL(link)(from, to));
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
    return renamed('L', a, from, b, to, REAL(linkat)(a, from, b, to, flags));
}

static void sent(int fd, const void *data, size_t len) {
    if (log_fd < 0 || fd < 0 || fd >= SOCKETS || len == 0) return;
    if (len > 8 && memcmp(data, "HTTP/1.1", 8) == 0) answering[fd] = 1;
    if (answering[fd]) record('A', "answer", (uint64_t)fd, data, len < ANSWER ? len : ANSWER);
}

ssize_t send(int fd, const void *data, size_t len, int flags) {
    sent(fd, data, len);
    return REAL(send)(fd, data, len, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    for (size_t i = 0; i < message->msg_iovlen; i++) sent(fd, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
    return REAL(sendmsg)(fd, message, flags);
}

int close(int fd) {
    if (fd >= 0 && fd < SOCKETS) answering[fd] = 0;
    return REAL(close)(fd);
}
