/*
 * Does what the first nanotrigger did, with libnanomsg, for tests:
 *
 *     legacy_trigger URL HOST COMMAND
 *
 * Becomes the queue at URL, gives agents 100 ms to attach, sends "HOST:COMMAND" with its final NUL
 * to whoever has, and leaves without a word. Says 0 whether anybody got it or not.
 */
#include <nanomsg/nn.h>
#include <nanomsg/pubsub.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    size_t size = strlen(argv[2]) + 1 + strlen(argv[3]) + 1;
    char *message = malloc(size);
    snprintf(message, size, "%s:%s", argv[2], argv[3]);
    int queue = nn_socket(AF_SP, NN_PUB);
    nn_bind(queue, argv[1]);
    usleep(100 * 1000);
    nn_send(queue, message, size, 0);
    nn_shutdown(queue, 0);
    return 0;
}
