/* One thread and epoll, level-triggered: what our servers are measured by.
 *
 *   c_epoll IP echo    sends back what comes, until the client closes (RFC 862)
 *   c_epoll IP page    reads once, sends 42 bytes, closes
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 4096, EVENTS = 1024 };

static const char PAGE[] = "HTTP/1.1 200 OK \r\n\r\n<h1> \xd2\xbb\xc6\xf0"
                           "\xbc\xd3\xd3\xcd !!!</h1>";

/* A connection, with what a full socket buffer has left us to send. */
struct client {
  int fd;
  size_t start, end;
  char buffer[BUFFER];
};

static int is_page, epoll;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void want(struct client *client, int op, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  if (epoll_ctl(epoll, op, client->fd, &event) < 0) die("epoll_ctl");
}

static void end(struct client *client) {
  close(client->fd);
  free(client);
}

static void accept_all(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EAGAIN || errno == EMFILE)) return;
    if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (fd < 0) die("accept4");
    struct client *client = malloc(sizeof *client);
    if (!client) die("malloc");
    client->fd = fd;
    client->start = client->end = 0;
    want(client, EPOLL_CTL_ADD, EPOLLIN);
  }
}

/* One read and one write: what is left, epoll tells of again. */
static void serve(struct client *client) {
  int was_full = client->end > 0;
  if (!was_full) {
    ssize_t length = read(client->fd, client->buffer, BUFFER);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (length <= 0) return end(client);
    if (is_page) {
      (void)!write(client->fd, PAGE, sizeof PAGE - 1);
      return end(client);
    }
    client->end = (size_t)length;
  }
  size_t left = client->end - client->start;
  ssize_t sent = write(client->fd, client->buffer + client->start, left);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return end(client);
  client->start += sent < 0 ? 0 : (size_t)sent;
  int is_full = client->start < client->end;
  if (!is_full) client->start = client->end = 0;
  if (is_full != was_full) {
    want(client, EPOLL_CTL_MOD, is_full ? EPOLLOUT : EPOLLIN);
  }
}

int main(int argc, char **argv) {
  struct sockaddr_in addr = {.sin_family = AF_INET};
  if (argc != 3 || inet_pton(AF_INET, argv[1], &addr.sin_addr) != 1) {
    fprintf(stderr, "usage: c_epoll IP echo|page\n");
    return 2;
  }
  is_page = !strcmp(argv[2], "page");
  signal(SIGPIPE, SIG_IGN);

  int listener =
      socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  socklen_t length = sizeof addr;
  if (listener < 0) die("socket");
  if (bind(listener, (struct sockaddr *)&addr, length) < 0) die("bind");
  if (listen(listener, 1024) < 0) die("listen");
  getsockname(listener, (struct sockaddr *)&addr, &length);
  printf("listening on %s:%d\n", argv[1], ntohs(addr.sin_port));
  fflush(stdout);

  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) die("epoll_create1");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) die("epoll_ctl");
  for (;;) {
    static struct epoll_event events[EVENTS];
    int count = epoll_wait(epoll, events, EVENTS, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      struct client *client = events[i].data.ptr;
      client ? serve(client) : accept_all(listener);
    }
  }
}
