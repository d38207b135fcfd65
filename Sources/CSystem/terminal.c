#define _GNU_SOURCE
#include "csystem.h"
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

// Restored from whatever thread ends the process; written once, before the mode is changed for the first time.
static struct termios original;
static _Atomic int is_known;

int sys_terminal_mode(enum sys_terminal_mode mode) {
    if (!atomic_load(&is_known)) {
        if (mode == SYS_TERMINAL_ORIGINAL) return 0;
        if (tcgetattr(STDIN_FILENO, &original)) return errno;
        atomic_store(&is_known, 1);
    }
    struct termios wanted = original;
    if (mode != SYS_TERMINAL_ORIGINAL) {
        wanted.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
        wanted.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
        wanted.c_cc[VMIN] = 1;
        wanted.c_cc[VTIME] = 0;
        if (mode == SYS_TERMINAL_EDITING) wanted.c_lflag &= ~(tcflag_t)ISIG;
    }
    // What was typed ahead stays.
    while (tcsetattr(STDIN_FILENO, TCSADRAIN, &wanted)) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

uint32_t sys_terminal_size(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)) return 0;
    return (uint32_t)size.ws_row << 16 | size.ws_col;
}

int sys_wait_readable(int descriptor, int milliseconds) {
    struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
    int count = poll(&wanted, 1, milliseconds);
    return count < 0 && errno != EINTR ? -errno : count > 0;
}
