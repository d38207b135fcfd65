#define _GNU_SOURCE
#include "csystem.h"
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int sys_random(void *bytes, size_t count) {
    unsigned char *next = bytes;
    while (count > 0) {
        ssize_t got = getrandom(next, count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got < 0 ? errno : EIO;
        next += got;
        count -= (size_t)got;
    }
    return 0;
}

int sys_notify(const char *path, const void *message, size_t count) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length < 2 || length >= sizeof address.sun_path) return ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = 0;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '@' ? 0 : 1));
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return errno;
    ssize_t sent = sendto(descriptor, message, count, MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    int rc = sent < 0 ? errno : 0;
    close(descriptor);
    return rc;
}

size_t sys_format_time(int64_t unix_seconds, int universal, const char *format, char *text, size_t capacity) {
    time_t moment = (time_t)unix_seconds;
    struct tm fields;
    if (!(universal ? gmtime_r(&moment, &fields) : localtime_r(&moment, &fields))) return 0;
    return strftime(text, capacity, format, &fields);
}

long sys_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return 0;
    struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    if (limit.rlim_cur < limit.rlim_max && setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    return limit.rlim_cur > INT32_MAX ? INT32_MAX : (long)limit.rlim_cur;
}

void sys_configure_allocator(int arenas) {
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
    mallopt(M_ARENA_MAX, arenas);
}

void sys_trim_allocator(void) { malloc_trim(0); }

int sys_forbid_core_dumps(void) {
    struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    if (setrlimit(RLIMIT_CORE, &none)) return errno;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? errno : 0;
}

static char bus_error_line[512];

static void explain_bus_error(int number) {
    (void)number;
    // Only calls that are safe in a handler; what cannot be written is lost.
    ssize_t written = write(STDERR_FILENO, bus_error_line, strlen(bus_error_line));
    (void)written;
    _exit(70);
}

void sys_explain_bus_errors(const char *line) {
    strncpy(bus_error_line, line, sizeof bus_error_line - 1);
    struct sigaction action = {.sa_handler = explain_bus_error};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

int64_t sys_address_space_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > INT64_MAX) return 0;
    return (int64_t)limit.rlim_cur;
}

const char *sys_environment_entry(size_t index) { return environ == NULL ? NULL : environ[index]; }
