/*
 * Does what the first nanoexec did, with libnanomsg, for tests:
 *
 *     legacy_agent URL HOSTNAME
 *
 * Dials the queue at URL and takes messages that begin with HOSTNAME or with "ALL", whatever
 * follows. Runs what stands behind the first colon with system(), one command after the other.
 */
#include <nanomsg/nn.h>
#include <nanomsg/pubsub.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int queue = nn_socket(AF_SP, NN_SUB);
    nn_setsockopt(queue, NN_SUB, NN_SUB_SUBSCRIBE, argv[2], strlen(argv[2]));
    nn_setsockopt(queue, NN_SUB, NN_SUB_SUBSCRIBE, "ALL", strlen("ALL"));
    if (nn_connect(queue, argv[1]) < 0) return 1;
    for (;;) {
        char *message = NULL;
        if (nn_recv(queue, &message, NN_MSG, 0) < 0) return 1;
        char *colon = strchr(message, ':');
        if (colon && system(colon + 1) < 0) return 1;
        nn_freemsg(message);
    }
}
