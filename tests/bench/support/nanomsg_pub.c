/*
 * libnanomsg's PUB as the sending end of a fan-out benchmark; publisher.ts is the same in ours.
 *
 *     nanomsg_pub PORT SIZE
 *
 * Listens on tcp://127.0.0.1:PORT. For every line on stdin publishes one message of SIZE bytes,
 * beginning with the time of sending, and prints how many nanoseconds the call took.
 */
#include <endian.h>
#include <nanomsg/nn.h>
#include <nanomsg/pubsub.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    char url[64], line[64], body[65536] = {0};
    size_t size = (size_t)atoi(argv[2]);
    snprintf(url, sizeof url, "tcp://127.0.0.1:%s", argv[1]);
    int queue = nn_socket(AF_SP, NN_PUB);
    if (queue < 0 || nn_bind(queue, url) < 0) return 1;
    puts("listening");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        uint64_t began = now(), stamp = htobe64(began);
        memcpy(body, &stamp, sizeof stamp);
        if (nn_send(queue, body, size, 0) < 0) return 1;
        printf("%llu\n", (unsigned long long)(now() - began));
        fflush(stdout);
    }
    return 0;
}
