/* A mailbox: a list under a lock, and a wake-up that is sent when it was empty. All threads send, one takes.
 */
#ifndef SWARM_ENGINE_POST_H
#define SWARM_ENGINE_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum message_type {
    /* to a shard */
    MESSAGE_START,        /* kind, id: a user; how 1: for a visit that was due at `at` */
    MESSAGE_STARTS,       /* bytes: `number` of struct user_start */
    MESSAGE_STOP,         /* kind, number: the newest of a kind that are not stopping yet; at: when to cut */
    MESSAGE_STOP_ALL,     /* at: when to cut; users that come later are not started */
    MESSAGE_TAKE,         /* asks for MESSAGE_DELTA */
    MESSAGE_HOLD,         /* how 1: no task begins, 0: go on (hold.h) */
    MESSAGE_STOP_WAITING, /* stops who waits between two tasks; at: when to cut */
    MESSAGE_CALL,         /* `call`: what another shard's user or control wants done in the shard's thread */
    MESSAGE_HOOK,         /* kind: number of a hook of the file to run */
    MESSAGE_HOOK_STOP,    /* at: when to cut what still runs of the hooks */
    MESSAGE_SHARED,       /* news of the file's variables (shared.h); to control too */
    MESSAGE_END,          /* no user is left: a last delta, then MESSAGE_ENDED and the thread's end */
    /* to control */
    MESSAGE_READY,     /* the shard runs; or text: why it cannot */
    MESSAGE_DELTA,     /* bytes, size: of recorder_take() */
    MESSAGE_GONE,      /* kind, number users ended; how: enum user_end */
    MESSAGE_STOP_TEST, /* text: why, may be NULL */
    MESSAGE_EXHAUSTED, /* the last of --iterations has begun */
    MESSAGE_HOOK_OVER, /* kind: the hook; how: enum hook_end; text: why */
    MESSAGE_ENDED,
};

struct message {
    struct message *next;
    enum message_type type;
    uint32_t shard;
    uint32_t kind;
    uint32_t how;
    uint64_t number; /* of users; for MESSAGE_START the user's id */
    int64_t at;
    void *bytes; /* from malloc: the receiver's; a text is NUL-terminated */
    size_t size;
    void (*call)(struct message *message); /* MESSAGE_CALL; the message is freed afterwards */
};

/* One of MESSAGE_STARTS. */
struct user_start {
    uint32_t kind;
    bool visit; /* it comes for one, that was due at `due` */
    uint64_t id;
    int64_t due;
};

struct post {
    uv_mutex_t lock;
    struct message *first, **last;
    uv_async_t wake;
};

/* `taken` is called in the loop's thread when something may be there; `data` is the handle's. */
int post_open(struct post *post, uv_loop_t *loop, uv_async_cb taken, void *data);
/* The receiver's thread, nobody sends any more: drops what is left and closes the handle (the loop must run
 * once more). */
void post_close(struct post *post);
/* A zeroed message. */
struct message *message_new(enum message_type type, uint32_t shard);
void message_free(struct message *message);
void post_send(struct post *post, struct message *message);
/* Everything that is there, in order; the receiver frees each. */
struct message *post_take(struct post *post);

#endif
