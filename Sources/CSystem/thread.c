#define _GNU_SOURCE
#include "csystem.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct start {
    char name[16];
    void (*body)(void *);
    void *context;
};

static void *trampoline(void *raw) {
    struct start start = *(struct start *)raw;
    free(raw);
    // Named from inside: a detached thread may be gone before its starter could name it.
    pthread_setname_np(pthread_self(), start.name);
    start.body(start.context);
    return NULL;
}

int sys_thread_start(const char *name, size_t stack_bytes, void (*body)(void *), void *context) {
    struct start *start = calloc(1, sizeof *start);
    if (!start) return ENOMEM;
    strncpy(start->name, name, sizeof start->name - 1);
    start->body = body;
    start->context = context;
    pthread_attr_t attributes;
    int rc = pthread_attr_init(&attributes);
    if (rc) {
        free(start);
        return rc;
    }
    rc = pthread_attr_setstacksize(&attributes, stack_bytes);
    if (!rc) rc = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    if (!rc) rc = pthread_create(&thread, &attributes, trampoline, start);
    pthread_attr_destroy(&attributes);
    if (rc) free(start);
    return rc;
}

int sys_affinity_count(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set)) return 0;
    return CPU_COUNT(&set);
}

int sys_thread_pin(size_t place) {
    cpu_set_t allowed, one;
    CPU_ZERO(&allowed);
    if (pthread_getaffinity_np(pthread_self(), sizeof allowed, &allowed)) return EINVAL;
    int count = CPU_COUNT(&allowed);
    if (!count) return EINVAL;
    size_t left = place % (size_t)count;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed) || left--) continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        return pthread_setaffinity_np(pthread_self(), sizeof one, &one);
    }
    return EINVAL;
}
