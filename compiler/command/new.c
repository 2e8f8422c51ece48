/* swarmc new NAME: a scenario to start from. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "command.h"

static const char scenario[] =
    "# Who visits the service, what they do, how many of them there are, and what is good enough.\n"
    "#   swarmc test FILE.swarm                          everything once, each request and answer shown\n"
    "#   swarmc run FILE.swarm -- --users 10 -t 30s      compile and run\n"
    "#   swarmc FILE.swarm -o load && ./load --help      one program that is the load test\n"
    "\n"
    "target \"http://127.0.0.1:8080\"              # --host URL overrides it\n"
    "\n"
    "option email: string = \"testuser@example.com\" \"who logs in\"    # ./load --email ann@example.com\n"
    "option secret password: string = \"\" \"of the account\"           # SWARM_PASSWORD, never shown\n"
    "\n"
    "user Visitor {\n"
    "  weight 3                                  # three of four users\n"
    "  wait 1s..3s                               # time to think between tasks\n"
    "\n"
    "  task browse weight 3 {                    # picked three times as often as `look_at_one`\n"
    "    get \"/api/v1/products?page=1&limit=20\"  # judged by its status: below 400 is good\n"
    "  }\n"
    "\n"
    "  task look_at_one {\n"
    "    let id = random(1, 20)\n"
    "    get \"/products/${id}\" {                 # one row in the report: GET /products/[id]\n"
    "      expect status == 200\n"
    "      expect time < 2s else \"too slow\"\n"
    "    }\n"
    "  }\n"
    "}\n"
    "\n"
    "user Buyer {\n"
    "  wait 1s..3s\n"
    "\n"
    "  on start {                                # once for each user\n"
    "    post \"/api/auth/login\" as \"login\" {\n"
    "      json { email, password: password == \"\" ? \"TestPass123\" : password }\n"
    "      require status == 200 else \"cannot log in\"   # without it nothing else makes sense\n"
    "      session header \"Authorization\" \"Bearer ${json.token}\"\n"
    "    }\n"
    "  }\n"
    "\n"
    "  journey buy {                             # steps in order, time to think between them\n"
    "    step add {\n"
    "      post \"/api/cart\" {\n"
    "        json { productId: \"1\", quantity: 1 }\n"
    "        expect status == 201\n"
    "        save cart = json.cartId             # known from here on\n"
    "      }\n"
    "    }\n"
    "    step pay {\n"
    "      post \"/api/orders\" {\n"
    "        json { cartId: cart, paymentMethod: \"card\" }\n"
    "        expect json.orderId != null else \"no order id\"\n"
    "      }\n"
    "    }\n"
    "  }\n"
    "}\n"
    "\n"
    "shape {                                     # --users and --spawn-rate replace it\n"
    "  ramp to 20 users over 30s\n"
    "  hold for 1m\n"
    "}\n"
    "\n"
    "thresholds {                                # broken: exit code 1\n"
    "  fail_ratio < 1%\n"
    "  p95 < 500ms\n"
    "}\n";

int command_new(int argc, char **argv)
{
    static const char *const options[] = {"--help", NULL};
    const char *name = argc == 2 ? argv[1] : NULL, *slash;
    struct arena *arena;
    const char *path;
    size_t n;
    int fd, code = EXIT_USAGE;

    for (int i = 1; i < argc; i++)
        if (argv[i][0] == '-')
            return command_unknown("new", argv[i], options);
    if (!name)
        return command_usage("new", argc < 2 ? "which name?" : "one name at a time");
    slash = strrchr(name, '/');
    if (!(slash ? slash[1] : name[0]))
        return command_usage("new", "%s is a folder", name);
    arena = arena_new();
    n = strlen(name);
    path = n > 6 && strcmp(name + n - 6, ".swarm") == 0 ? name : arena_format(arena, "%s.swarm", name);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) {
        fprintf(stderr, "swarmc new: %s is there already; nothing was written\n", path);
    } else if (fd < 0) {
        fprintf(stderr, "swarmc new: cannot write %s: %s\n", path, strerror(errno));
    } else {
        bool written = write(fd, scenario, sizeof scenario - 1) == (ssize_t)(sizeof scenario - 1);
        if (close(fd) != 0 || !written) {
            fprintf(stderr, "swarmc new: cannot write %s: %s\n", path, strerror(errno));
            unlink(path);
        } else {
            printf("%s is written. Next: swarmc test %s\n", path, path);
            code = EXIT_FINE;
        }
    }
    arena_free(arena);
    return code;
}
