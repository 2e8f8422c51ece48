/* What swarmc makes of
 *
 *     target "http://127.0.0.1:8080"
 *     user Visitor { task look { get "/" } }
 *
 * written by hand: the smallest program against swarm/program.h. */
#include <swarm/program.h>

struct visitor_look {
    struct swarm_frame frame;
};

struct visitor {
    struct swarm_group_frame group;
    union {
        struct visitor_look look;
    } u;
};

static const struct swarm_call get_1 = {
    .method = "GET",
    .row = 0,
    .url = "/",
    .timeout = -1,
    .connect_timeout = -1,
    .follow = SWARM_UNSAID,
    .compressed = SWARM_ENCODING_UNSAID,
    .retries = -1,
    .place = {"smallest.swarm", 2, "get"},
};

static enum swarm_step visitor_look_step(struct swarm_strand *s, struct swarm_frame *base)
{
    struct visitor_look *f = (struct visitor_look *)base;

    switch (f->frame.at) {
    case 0:
        return swarm_fetch(s, 1, &get_1);
    case 1:;
    }
    return SWARM_DONE;
}

static const struct swarm_point visitor_look_points[] = {{2, 0}, {2, 0}};
static const struct swarm_machine visitor_look = {
    .step = visitor_look_step,
    .name = "look",
    .points = visitor_look_points,
    .point_count = 2,
    .size = sizeof(struct visitor_look),
    .file = "smallest.swarm",
};

static struct swarm_entry visitor_entries[] = {
    {.name = "look", .machine = &visitor_look, .weight = 1, .offset = offsetof(struct visitor, u.look)},
};
static const struct swarm_group visitor_group = {
    .name = "Visitor",
    .kind = SWARM_GROUP_USER,
    .entries = visitor_entries,
    .entry_count = 1,
    .hook_offset = offsetof(struct visitor, u),
    .size = sizeof(struct visitor),
    .file = "smallest.swarm",
    .line = 2,
};

static struct swarm_kind_of_user kinds[] = {
    {
        .name = "Visitor",
        .group = &visitor_group,
        .size = sizeof(struct visitor),
        .weight = 1,
        .count = -1,
        .target = "http://127.0.0.1:8080",
        .http =
            {
                .engine = &swarm_native_engine,
                .timeout = -1,
                .connect_timeout = -1,
                .backoff = -1,
                .max_body = -1,
                .retries = -1,
                .connections = -1,
                .follow = SWARM_UNSAID,
                .verify = SWARM_UNSAID,
                .keep_alive = SWARM_UNSAID,
                .tls_resume = SWARM_UNSAID,
                .compressed = SWARM_ENCODING_UNSAID,
            },
        .needs_host = "smallest.swarm:2",
    },
};

static const struct swarm_row rows[] = {{"GET", "/"}};

static const struct swarm_program program = {
    .abi = SWARM_ABI,
    .source = "smallest.swarm",
    .version = "0.1.0",
    .kinds = kinds,
    .kind_count = 1,
    .rows = rows,
    .row_count = 1,
};

int main(int argc, char **argv)
{
    return swarm_main(&program, argc, argv);
}
