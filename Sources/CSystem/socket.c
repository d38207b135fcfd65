#define _GNU_SOURCE
#include "csystem.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int resolve(const char *host, uint16_t port, int flags, struct addrinfo **found) {
    char service[6];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    struct addrinfo hints = {.ai_flags = flags | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    int rc = getaddrinfo(host, service, &hints, found);
    if (rc == 0) return 0;
    return rc == EAI_SYSTEM ? errno : rc == EAI_MEMORY ? ENOMEM : EADDRNOTAVAIL;
}

static void enable(int descriptor, int level, int option) {
    int one = 1;
    setsockopt(descriptor, level, option, &one, sizeof one);
}

static int listen_at(const struct addrinfo *where, int backlog) {
    int descriptor = socket(where->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    enable(descriptor, SOL_SOCKET, SO_REUSEADDR);
    if (where->ai_family == AF_INET6) {
        int zero = 0;
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
    }
    if (bind(descriptor, where->ai_addr, where->ai_addrlen) || listen(descriptor, backlog)) {
        int failure = errno;
        close(descriptor);
        return -failure;
    }
    return descriptor;
}

int sys_listen(const char *host, uint16_t port, int backlog) {
    struct addrinfo *found;
    int rc = resolve(host, port, AI_PASSIVE, &found);
    if (rc) return -rc;
    int descriptor = -EADDRNOTAVAIL;
    for (const struct addrinfo *next = found; next && descriptor < 0; next = next->ai_next)
        descriptor = listen_at(next, backlog);
    freeaddrinfo(found);
    return descriptor;
}

int sys_adopt_listener(int descriptor) {
    int is_listening = 0;
    socklen_t size = sizeof is_listening;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size)) return errno;
    if (!is_listening) return EINVAL;
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return errno;
    return fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0 ? errno : 0;
}

int sys_accept(int listener) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return -errno;
    enable(descriptor, IPPROTO_TCP, TCP_NODELAY);
    enable(descriptor, SOL_SOCKET, SO_KEEPALIVE);
    return descriptor;
}

static int connect_to(const struct addrinfo *where, int timeout_seconds) {
    int descriptor = socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    struct timeval timeout = {.tv_sec = timeout_seconds};
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    enable(descriptor, IPPROTO_TCP, TCP_NODELAY);
    if (connect(descriptor, where->ai_addr, where->ai_addrlen)) {
        int failure = errno == EINPROGRESS ? ETIMEDOUT : errno;
        close(descriptor);
        return -failure;
    }
    return descriptor;
}

int sys_connect(const char *host, uint16_t port, int timeout_seconds) {
    struct addrinfo *found;
    int rc = resolve(host, port, 0, &found);
    if (rc) return -rc;
    int descriptor = -EADDRNOTAVAIL;
    for (const struct addrinfo *next = found; next && descriptor < 0; next = next->ai_next)
        descriptor = connect_to(next, timeout_seconds);
    freeaddrinfo(found);
    return descriptor;
}

int sys_peer_state(int descriptor) {
    struct pollfd asked = {.fd = descriptor, .events = POLLRDHUP};
    if (poll(&asked, 1, 0) <= 0) return 0;
    if (asked.revents & (POLLERR | POLLHUP | POLLNVAL)) return 2;
    return asked.revents & POLLRDHUP ? 1 : 0;
}

int sys_socket_address(int descriptor, int peer, char *host, size_t capacity, uint16_t *port) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int rc = peer ? getpeername(descriptor, (struct sockaddr *)&address, &size)
                  : getsockname(descriptor, (struct sockaddr *)&address, &size);
    if (rc) return errno;
    if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return EAFNOSUPPORT;
    if (getnameinfo((struct sockaddr *)&address, size, host, (socklen_t)capacity, NULL, 0, NI_NUMERICHOST)) return EINVAL;
    *port = ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                               : ((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}
