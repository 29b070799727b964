/*
 * Many SP subscribers in one process, as the receiving end of a fan-out benchmark.
 *
 *     subscribers PORT COUNT
 *
 * Connects COUNT times to tcp://127.0.0.1:PORT, greets as SUB, and prints "ready". A round is one
 * frame to every connection; its payload begins with the time of sending, in nanoseconds of
 * CLOCK_REALTIME as 64 bits big-endian. When the last connection has its whole frame, prints how
 * many nanoseconds have passed since then. Runs until a connection ends.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 8, PREFIX = 8, STAMP = 8, MAX_FRAME = 65536, EVENTS = 1024 };
/* Greetings under way at once: libnanomsg's listen queue has room for 100 connections. */
enum { WINDOW = 50 };

struct subscriber {
    int fd;
    size_t received; /* bytes of the header, later of the frame under way */
    size_t expected;
    int greeted;
    unsigned char start[PREFIX + STAMP];
};

static const unsigned char SUB[HEADER] = {0, 'S', 'P', 0, 0, 0x21, 0, 0};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t read_u64(const unsigned char *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return be64toh(value);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void raise_file_limit(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void connect_to(struct subscriber *subscriber, int port, int epoll) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    subscriber->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (subscriber->fd < 0) fail("socket");
    if (connect(subscriber->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
    if (write(subscriber->fd, SUB, HEADER) != HEADER) fail("write");
    subscriber->expected = HEADER;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = subscriber};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, subscriber->fd, &event) < 0) fail("epoll_ctl");
}

/* Reads what has come. Returns 1 when the header, or a frame, is complete. */
static int receive(struct subscriber *subscriber) {
    static unsigned char buffer[MAX_FRAME];
    size_t missing = subscriber->expected - subscriber->received;
    ssize_t count = recv(subscriber->fd, buffer, missing, 0);
    if (count <= 0) {
        fputs("a connection has ended\n", stderr);
        exit(count < 0);
    }
    for (ssize_t i = 0; i < count; i++) {
        size_t at = subscriber->received++;
        if (at >= sizeof subscriber->start) continue;
        subscriber->start[at] = buffer[i];
        if (subscriber->greeted && at == PREFIX - 1)
            subscriber->expected = PREFIX + (size_t)read_u64(subscriber->start);
    }
    return subscriber->received == subscriber->expected;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int port = atoi(argv[1]), count = atoi(argv[2]), begun = 0, greeted = 0, complete = 0;
    raise_file_limit();
    struct subscriber *subscribers = calloc((size_t)count, sizeof *subscribers);
    static struct epoll_event events[EVENTS];
    int epoll = epoll_create1(0);
    for (;;) {
        while (begun < count && begun - greeted < WINDOW)
            connect_to(&subscribers[begun++], port, epoll);
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct subscriber *subscriber = events[i].data.ptr;
            if (!receive(subscriber)) continue;
            subscriber->received = 0;
            subscriber->expected = MAX_FRAME;
            if (!subscriber->greeted) {
                subscriber->greeted = 1;
                if (++greeted == count) puts("ready");
            } else if (++complete == count) {
                printf("%llu\n", (unsigned long long)(now() - read_u64(subscriber->start + PREFIX)));
                complete = 0;
            }
            fflush(stdout);
        }
    }
}
