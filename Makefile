# Swarm. `make` builds build/swarmc and build/libswarm.a; everything made stays under $(BUILD).
#
#   make                 the compiler and the runtime library
#   make shop            the demo shop the examples run against
#   make unit            build and run the C unit tests
#   make test            every test (the same as sh tests/run.sh)
#   make demo            sh examples/demo.sh
#   make bench           compare load generators (docs/performance.md)
#   make options         write docs/options.md
#   make install PREFIX=/usr/local [DESTDIR=…]
#   make DEV=1           the full warning list, as errors
#   make SAN=address,undefined BUILD=build/asan
#
# Needs gcc or clang, flex, bison, pkg-config and the packages that .ci/install-deps names.

BUILD ?= build
ifneq ($(words $(BUILD)),1)
$(error BUILD is a folder without spaces in its name; below a path with spaces a relative one works)
endif
PREFIX ?= /usr/local
CC ?= cc
FLEX ?= flex
BISON ?= bison
PKG_CONFIG ?= pkg-config
VERSION := 0.1.0

RUNTIME_PKGS := libcurl libuv libpcre2-8 libxml-2.0 libssl libcrypto zlib libbrotlidec libpsl
# What is linked into a scenario's program, in the order the linker wants.
RUNTIME_LIBS = -Wl,--as-needed $(shell $(PKG_CONFIG) --libs $(RUNTIME_PKGS)) -lpthread -lm

# What static programs need beyond that (swarmc --static). Where it is missing all but that is built.
STATIC_PKGS := libcares libidn2
HAVE_STATIC := $(shell $(PKG_CONFIG) --exists $(STATIC_PKGS) && echo '\#include <unicase.h>' | $(CC) -E - >/dev/null 2>&1 && echo yes)
STATIC_LIBS = $(shell $(PKG_CONFIG) --static --libs $(filter-out libcurl libuv,$(RUNTIME_PKGS)) libuv-static $(STATIC_PKGS) 2>/dev/null) \
    -lunistring -lstdc++ -lm

OPT ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes
ifdef DEV
WARN += -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wvla -Wformat=2 -Wundef -Werror
endif
ifdef SAN
SAN_FLAGS := -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=undefined
endif

CFLAGS_ALL = -std=gnu11 $(OPT) $(WARN) $(SAN_FLAGS) -D_GNU_SOURCE -DSWARM_VERSION='"$(VERSION)"' $(CFLAGS)
COMPILER_CFLAGS = $(CFLAGS_ALL) -Icompiler -I. -Igrammar -I$(BUILD)/gen -Iruntime/include $(shell $(PKG_CONFIG) --cflags libxml-2.0 libcjson)
RUNTIME_CFLAGS = $(CFLAGS_ALL) -Iruntime/include -Iruntime $(shell $(PKG_CONFIG) --cflags $(RUNTIME_PKGS))
SHOP_CFLAGS = $(CFLAGS_ALL) $(shell $(PKG_CONFIG) --cflags libmicrohttpd zlib)
SHOP_LIBS = $(shell $(PKG_CONFIG) --libs libmicrohttpd zlib) -lpthread

COMPILER_SRC := $(wildcard compiler/*/*.c) $(wildcard grammar/*.c)
STATIC_SRC := $(wildcard runtime/static/*.c)
RUNTIME_SRC := $(filter-out $(STATIC_SRC),$(wildcard runtime/*/*.c))
SHOP_SRC := $(wildcard examples/shop/*.c)
UNIT_SRC := $(wildcard tests/unit/*_test.c)

COMPILER_OBJ := $(COMPILER_SRC:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/gen/swarm.tab.o $(BUILD)/obj/gen/swarm.lex.o
# Selectors that are put together while a scenario runs are compiled by the same code as literal ones.
SHARED_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard compiler/select/*.c))
STATIC_OBJ := $(STATIC_SRC:%.c=$(BUILD)/obj/%.o)
RUNTIME_OBJ := $(RUNTIME_SRC:%.c=$(BUILD)/obj/%.o) $(SHARED_OBJ)
SHOP_OBJ := $(SHOP_SRC:%.c=$(BUILD)/obj/%.o)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/unit/%)

.PHONY: all shop build-tests unit test demo bench options install clean
.DELETE_ON_ERROR:
.SECONDARY:

STATIC_LIBRARY := $(if $(HAVE_STATIC),$(BUILD)/libswarm-static.a)

all: $(BUILD)/swarmc $(BUILD)/libswarm.a $(STATIC_LIBRARY) $(BUILD)/swarm-host

# Objects depend on the command line that makes them, so that a change of DEV, SAN, OPT or CC rebuilds what it must.
FLAGS_TEXT = $(CC) $(CFLAGS_ALL)
$(BUILD)/flags: force
	@mkdir -p $(@D)
	@echo '$(FLAGS_TEXT)' | cmp -s - $@ || echo '$(FLAGS_TEXT)' > $@
.PHONY: force
force:

$(BUILD)/gen/swarm.tab.c: grammar/swarm.y
	@mkdir -p $(@D)
	$(BISON) -Wall -Wcounterexamples -Werror -o $@ --header=$(BUILD)/gen/swarm.tab.h $<
$(BUILD)/gen/swarm.tab.h: $(BUILD)/gen/swarm.tab.c ;
$(BUILD)/gen/swarm.lex.c: grammar/swarm.l
	@mkdir -p $(@D)
	$(FLEX) -o $@ --header-file=$(BUILD)/gen/swarm.lex.h $<
$(BUILD)/gen/swarm.lex.h: $(BUILD)/gen/swarm.lex.c ;

# How swarmc compiles and links a scenario's program.
$(BUILD)/gen/link_flags.h: Makefile $(BUILD)/flags
	@mkdir -p $(@D)
	@{ echo '/* Made by the Makefile: what a program is linked with. */'; \
	   echo '#define SWARM_LINK_FLAGS "$(RUNTIME_LIBS)"'; \
	   echo '#define SWARM_STATIC_LINK_FLAGS "$(STATIC_LIBS)"'; \
	   echo '#define SWARM_PROGRAM_CFLAGS "$(SAN_FLAGS)"'; } > $@

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/gen/swarm.tab.h $(BUILD)/gen/swarm.lex.h $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(COMPILER_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/obj/compiler/%.o: compiler/%.c $(BUILD)/flags | $(BUILD)/gen/swarm.tab.h $(BUILD)/gen/swarm.lex.h $(BUILD)/gen/link_flags.h
	@mkdir -p $(@D)
	$(CC) $(COMPILER_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/obj/grammar/%.o: grammar/%.c $(BUILD)/flags | $(BUILD)/gen/swarm.tab.h $(BUILD)/gen/swarm.lex.h
	@mkdir -p $(@D)
	$(CC) $(COMPILER_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/obj/runtime/%.o: runtime/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(RUNTIME_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/obj/runtime/report/html.o: $(wildcard runtime/report/html/*)
$(BUILD)/obj/examples/%.o: examples/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(SHOP_CFLAGS) -MMD -MP -c -o $@ $<

# For the unit tests: the compiler as an archive, without its main. q, not r: two folders may have a file of one name.
$(BUILD)/libswarmc.a: $(COMPILER_OBJ)
	@rm -f $@
	$(AR) qcs $@ $^
$(BUILD)/libswarm.a: $(RUNTIME_OBJ)
	@rm -f $@
	$(AR) qcs $@ $^
$(BUILD)/libswarm-static.a: $(STATIC_OBJ)
	@rm -f $@
	$(AR) qcs $@ $^
$(BUILD)/swarmc: $(BUILD)/obj/compiler/main.o $(BUILD)/libswarmc.a
	@ln -sfn '$(CURDIR)/runtime/include' $(BUILD)/include
	@ln -sfn '$(CURDIR)/stdlib' $(BUILD)/stdlib
	$(CC) $(CFLAGS_ALL) -o $@ $^ $(shell $(PKG_CONFIG) --libs libpcre2-8 libxml-2.0 libcrypto libcjson) -lm

# For `swarmc run`: the whole library, which the shared objects of scenarios find in it.
$(BUILD)/obj/host.o: runtime/host.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(RUNTIME_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/swarm-host: $(BUILD)/obj/host.o $(BUILD)/libswarm.a
	$(CC) $(CFLAGS_ALL) -rdynamic -o $@ $< -Wl,--whole-archive $(BUILD)/libswarm.a -Wl,--no-whole-archive $(RUNTIME_LIBS) -ldl

shop: $(BUILD)/shop
$(BUILD)/shop: $(SHOP_OBJ)
	$(CC) $(CFLAGS_ALL) -o $@ $^ $(SHOP_LIBS)

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libswarmc.a $(BUILD)/libswarm.a $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(RUNTIME_CFLAGS) -Icompiler -Igrammar -I$(BUILD)/gen -Itests/lib -I. -MMD -MP -o $@ $< \
	    $(BUILD)/libswarmc.a $(BUILD)/libswarm.a $(RUNTIME_LIBS) $(shell $(PKG_CONFIG) --libs libcjson)

build-tests: all shop $(UNIT_BIN)

unit: $(UNIT_BIN)
	@failed=0; for t in $(UNIT_BIN); do echo "# $$t"; $$t || failed=1; done; exit $$failed

# The page of all options, from the table they are parsed with.
options: $(BUILD)/tests/unit/cli_table_test
	$< --write > docs/options.md

test:
	sh tests/run.sh
demo:
	sh examples/demo.sh
bench: all
	BUILD=$(BUILD) python3 tests/bench/bench.py

# An installed swarmc finds the library and headers relative to itself: PREFIX/bin, PREFIX/lib/swarm, PREFIX/include.
install: all
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/lib/swarm/stdlib' '$(DESTDIR)$(PREFIX)/include/swarm' \
	    '$(DESTDIR)$(PREFIX)/share/man/man1'
	install -m 755 $(BUILD)/swarmc '$(DESTDIR)$(PREFIX)/bin/swarmc'
	install -m 755 $(BUILD)/swarm-host '$(DESTDIR)$(PREFIX)/lib/swarm/swarm-host'
	install -m 644 $(BUILD)/libswarm.a $(STATIC_LIBRARY) '$(DESTDIR)$(PREFIX)/lib/swarm/'
	install -m 644 $(wildcard runtime/include/swarm/*.h) '$(DESTDIR)$(PREFIX)/include/swarm/'
	install -m 644 $(wildcard stdlib/*) '$(DESTDIR)$(PREFIX)/lib/swarm/stdlib/'
	install -m 644 docs/man/swarmc.1 '$(DESTDIR)$(PREFIX)/share/man/man1/swarmc.1'

clean:
	rm -rf $(BUILD)

-include $(COMPILER_OBJ:.o=.d) $(RUNTIME_OBJ:.o=.d) $(STATIC_OBJ:.o=.d) $(SHOP_OBJ:.o=.d) $(BUILD)/obj/compiler/main.d $(UNIT_BIN:%=%.d)
