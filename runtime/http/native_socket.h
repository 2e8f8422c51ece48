/*
 * native_socket.h - reading from and writing to a non-blocking socket. As system calls without the C library's functions,
 * which are cancellation points: until glibc 2.37 each costs a process of several threads two atomic exchanges more.
 * Nobody cancels our threads.
 */
#ifndef SWARM_HTTP_NATIVE_SOCKET_H
#define SWARM_HTTP_NATIVE_SOCKET_H

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As recv() without flags and send() with MSG_NOSIGNAL: the bytes, or -1 and errno. */
static inline ssize_t native_socket_recv(int fd, void *bytes, size_t n)
{
    return syscall(SYS_recvfrom, fd, bytes, n, 0L, NULL, NULL);
}

static inline ssize_t native_socket_send(int fd, const void *bytes, size_t n)
{
    return syscall(SYS_sendto, fd, bytes, n, (long)MSG_NOSIGNAL, NULL, 0L);
}

#endif
