# Postern: every target first sees to the Debian packages it needs. Meson and Ninja do the building.
BUILD  ?= build
PREFIX ?= /usr/local

.PHONY: all build demo test check lint format install clean distclean fuzz sanitize sanitize-threads bench bench-micro bench-registry bench-upgrade bench-manager soak flood memory chains

all: build

build: $(BUILD)/build.ninja
	@tools/setup build
	@ninja -C $(BUILD)

$(BUILD)/build.ninja: meson.build meson_options.txt
	@tools/setup build
	@tools/configure $(BUILD)

# The whole job over real sockets and real TLS, then the refusals with their reasons.
demo:
	@tools/setup build demo
	@$(MAKE) --no-print-directory build
	@POSTERN=$(BUILD)/postern tools/demo.sh

# Every test; the last line is "N passed, N failed".
test check:
	@tools/setup build test
	@$(MAKE) --no-print-directory build
	@tools/test $(BUILD)

# The unit and component tests once more under AddressSanitizer and UndefinedBehaviorSanitizer.
sanitize:
	@tools/setup build test
	@tools/configure $(BUILD)-sanitize -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1
	@ninja -C $(BUILD)-sanitize
	@tools/test $(BUILD)-sanitize --only unit

# The unit tests in which threads share something, under ThreadSanitizer.
sanitize-threads:
	@tools/setup build test
	@tools/configure $(BUILD)-threads -Db_sanitize=thread -Db_lundef=false -Doptimization=1
	@tools/test $(BUILD)-threads --only threads

lint:
	@tools/setup build lint
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@tools/lint $(BUILD)

format:
	@tools/setup lint
	@git ls-files '*.c' '*.h' | xargs clang-format-16 -i

# Coverage-guided fuzzing of every parser, 60 s each unless FUZZ_SECONDS says otherwise.
fuzz:
	@tools/setup build fuzz
	@tools/fuzz

# What a request costs beside nginx and HAProxy; BENCH holds options, such as "--row keep-alive --rounds 3".
bench:
	@tools/setup build bench
	@$(MAKE) --no-print-directory build
	@python3 bench/bench.py --build $(BUILD) $(BENCH)

# Half capacity while keys, anchors, server certificates and workers change: no request may fail.
SOAK_SECONDS ?= 60
soak:
	@tools/setup build test
	@$(MAKE) --no-print-directory build
	@POSTERN=$(BUILD)/postern python3 tests/lib/soak.py --seconds $(SOAK_SECONDS) --build $(BUILD)

# 10,000 handshakes begun and not finished and 2,000 slow ones; a call each second has to be answered.
flood:
	@tools/setup build test
	@$(MAKE) --no-print-directory build
	@POSTERN=$(BUILD)/postern python3 tests/lib/flood.py

# The judge of chains beside a search of its own, over random graphs of certificates and lists.
GRAPHS ?= 100000
chains:
	@tools/setup build test
	@$(MAKE) --no-print-directory build
	@/usr/bin/python3 tests/oracle/chains.py $(BUILD)/tests/unit/chain_judge --graphs $(GRAPHS) --jobs "$$(nproc)" $(if $(SEED),--seed $(SEED))

# What bodies cost: many large ones at once, and one where memory is short; a call each second has to be answered.
memory:
	@tools/setup build test
	@$(MAKE) --no-print-directory build
	@POSTERN=$(BUILD)/postern python3 tests/lib/memory.py

# Instructions of the pure parts of a request's way against bench/micro.baseline; ACCEPT=1 writes that anew.
bench-micro:
	@tools/setup build bench-micro
	@$(MAKE) --no-print-directory build
	@python3 bench/micro.py --build $(BUILD) $(if $(ACCEPT),--accept)

# What a million service keys cost.
bench-registry:
	@tools/setup build test
	@$(MAKE) --no-print-directory build
	@POSTERN=$(BUILD)/postern python3 bench/registry.py --build $(BUILD) --json $(BUILD)/registry.json

# What opening a state folder of the former program costs, which is built from the repository's history; KEYS=1000000.
KEYS ?= 1000000
bench-upgrade:
	@tools/setup build test
	@$(MAKE) --no-print-directory build
	@POSTERN=$(abspath $(BUILD))/postern python3 bench/former_state.py --keys $(KEYS)

# What the manager answers while it is busy with logins, a subaccount and the journal, and while the disk is slow.
bench-manager:
	@tools/setup build test
	@$(MAKE) --no-print-directory build
	@POSTERN=$(BUILD)/postern python3 bench/manager.py --build $(BUILD)

install: build
	@tools/configure $(BUILD) --prefix="$(abspath $(PREFIX))" --reconfigure
	@DESTDIR="$(DESTDIR)" meson install -C $(BUILD)

clean:
	@test ! -f $(BUILD)/build.ninja || ninja -C $(BUILD) -t clean

distclean:
	rm -rf $(BUILD) $(BUILD)-*
