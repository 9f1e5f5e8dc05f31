// A custom runtime in plain C: it answers each event with the event itself as a base64 body.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_to_runtime_api(void) {
    const char *address = getenv("AWS_LAMBDA_RUNTIME_API");
    char host[64] = {0};
    int port = 0;
    if (!address || sscanf(address, "%63[^:]:%d", host, &port) != 2) exit(2);
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &peer.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&peer, sizeof peer) != 0) exit(3);
    // Head and body are two writes: without this the second waits for the first one's delayed acknowledgement.
    int on = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) exit(3);
    return fd;
}

// Reads one HTTP message; returns its body and fills the request id. The caller frees the body.
static char *read_message(int fd, size_t *length, char *request_id) {
    size_t capacity = 1 << 16, used = 0, head = 0, content = 0;
    char *buffer = malloc(capacity + 1);
    for (;;) {
        if (used == capacity) buffer = realloc(buffer, (capacity *= 2) + 1);
        ssize_t count = read(fd, buffer + used, capacity - used);
        if (count <= 0) exit(0);
        used += count;
        buffer[used] = 0;
        if (!head) {
            char *end = strstr(buffer, "\r\n\r\n");
            if (!end) continue;
            head = end - buffer + 4;
            for (char *line = buffer; line < end; line = strstr(line, "\r\n") + 2) {
                if (!strncasecmp(line, "content-length:", 15)) content = strtoul(line + 15, NULL, 10);
                if (!strncasecmp(line, "lambda-runtime-aws-request-id:", 30)) sscanf(line + 30, " %63s", request_id);
            }
        }
        if (used >= head + content) break;
    }
    memmove(buffer, buffer + head, content);
    buffer[content] = 0;
    *length = content;
    return buffer;
}

static size_t base64(const unsigned char *in, size_t length, char *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t o = 0;
    for (size_t i = 0; i < length; i += 3) {
        unsigned long group = in[i] << 16 | (i + 1 < length ? in[i + 1] << 8 : 0) | (i + 2 < length ? in[i + 2] : 0);
        out[o++] = digits[group >> 18 & 63];
        out[o++] = digits[group >> 12 & 63];
        out[o++] = i + 1 < length ? digits[group >> 6 & 63] : '=';
        out[o++] = i + 2 < length ? digits[group & 63] : '=';
    }
    return o;
}

int main(void) {
    int fd = connect_to_runtime_api();
    for (;;) {
        const char *next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n";
        if (write(fd, next, strlen(next)) < 0) return 1;
        char request_id[64] = "";
        size_t length;
        char *event = read_message(fd, &length, request_id);

        char *answer = malloc(length * 4 / 3 + 256);
        size_t size = sprintf(answer,
            "{\"statusCode\":200,\"isBase64Encoded\":true,"
            "\"headers\":{\"content-type\":\"application/json\",\"x-runtime\":\"c\"},\"body\":\"");
        size += base64((unsigned char *)event, length, answer + size);
        size += sprintf(answer + size, "\"}");

        char head[256];
        int head_size = snprintf(head, sizeof head,
            "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: runtime\r\nContent-Length: %zu\r\n\r\n",
            request_id, size);
        if (write(fd, head, head_size) < 0 || write(fd, answer, size) < 0) return 1;
        free(event);
        free(answer);
        char ignored[64];
        free(read_message(fd, &length, ignored));
    }
}
