# SPDX-License-Identifier: GPL-2.0-or-later
#
# make            build/l2server and build/l2client
# make demo       install what is missing, build, show a transfer over a virtual air
# make check      install what is missing, build, run every test
# make help       the other targets

VERSION := 0.1.0
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
PKG_CONFIG ?= pkg-config
INSTALL ?= install
BUILD ?= build
V ?= 0

# CFLAGS, CPPFLAGS and LDFLAGS are the user's; what the project needs stands apart.
CFLAGS ?= -O2 -g
PACKAGES := bluez popt
project_cppflags := -D_GNU_SOURCE -DL2_VERSION='"$(VERSION)"' -Icommon
project_cflags := -std=c11 -Wall -Wextra -Wconversion -Wswitch-enum -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -fstack-protector-strong -fPIE -MMD -MP
project_ldflags := -pie -Wl,-z,relro -Wl,-z,now
# FORTIFY needs an optimiser, and gets in the way of the sanitizers.
ifeq ($(findstring -O0,$(CFLAGS))$(findstring sanitize,$(CFLAGS)),)
project_cppflags += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

common_sources := \
	common/adapter.c \
	common/byte_queue.c \
	common/channel.c \
	common/channel_config.c \
	common/channel_negotiation.c \
	common/event_loop.c \
	common/explain_error.c \
	common/flush_timeout.c \
	common/interruption.c \
	common/numbered_sdus.c \
	common/json_line.c \
	common/negotiated.c \
	common/link_tuning.c \
	common/management.c \
	common/channel_options.c \
	common/option_tables.c \
	common/option_values.c \
	common/outcome.c \
	common/output.c \
	common/parse_value.c \
	common/ping.c \
	common/preflight.c \
	common/privileges.c \
	common/progress.c \
	common/report.c \
	common/round_trips.c \
	common/sdu_format.c \
	common/sdu_sizes.c \
	common/report_line.c \
	common/sdu_socket.c \
	common/sdu_source.c \
	common/session.c \
	common/socket_memory.c \
	common/surroundings.c \
	common/transfer.c \
	common/transfer_sending.c \
	common/transfer_files.c \
	common/verification.c
server_sources := l2server/main.c l2server/accept_loop.c l2server/advertising.c \
	l2server/lost_clients.c l2server/output_pattern.c l2server/served_command.c \
	l2server/served_client.c l2server/server_check.c l2server/server_options.c
client_sources := l2client/main.c l2client/client_check.c l2client/client_options.c \
	l2client/connect_peer.c l2client/information.c l2client/peer_info.c \
	l2client/tune_link.c
sources := $(common_sources) $(server_sources) $(client_sources)
# Plays controllers that fail, for the laboratory alone.
relay_sources := $(addprefix tests/lab/relay/,main.c appear.c capabilities.c commands.c \
	controller.c far.c fault.c flush.c host.c link.c packet.c)
objects = $(patsubst %.c,$(BUILD)/objects/%.o,$(1))

quiet := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-4s %s\n' $(1) $(2))

all: $(BUILD)/l2server $(BUILD)/l2client

# Asked once, and only by targets that compile. Debian's names, since this is where it
# is built most.
$(BUILD)/.libraries:
	@mkdir -p $(@D)
	@command -v $(PKG_CONFIG) >/dev/null || { \
		echo "$(PKG_CONFIG) is missing: apt-get install pkg-config" >&2; exit 1; }
	@$(PKG_CONFIG) --exists bluez || { \
		echo "libbluetooth is missing: apt-get install libbluetooth-dev" >&2; exit 1; }
	@$(PKG_CONFIG) --exists popt || { \
		echo "popt is missing: apt-get install libpopt-dev" >&2; exit 1; }
	@$(PKG_CONFIG) --cflags $(PACKAGES) > $@.cflags
	@$(PKG_CONFIG) --libs $(PACKAGES) > $@.libs
	@touch $@

$(BUILD)/objects/%.o: %.c $(BUILD)/.libraries Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(quiet)$(CC) $(project_cppflags) $(CPPFLAGS) $(project_cflags) \
		$$(cat $(BUILD)/.libraries.cflags) $(CFLAGS) -c -o $@ $<

$(BUILD)/l2server: $(call objects,$(common_sources) $(server_sources))
$(BUILD)/l2client: $(call objects,$(common_sources) $(client_sources))
$(BUILD)/relay: $(call objects,$(relay_sources) common/parse_value.c)
$(BUILD)/l2server $(BUILD)/l2client $(BUILD)/relay:
	$(call say,LD,$@)
	$(quiet)$(CC) $(CFLAGS) $(project_ldflags) $(LDFLAGS) -o $@ $^ \
		$$(cat $(BUILD)/.libraries.libs) -lm

# What mends l2test, from outside, for tests/interop. It goes into a program of others, so
# the user's flags, sanitizers above all, are not for it.
$(BUILD)/l2test_modes.so: tests/interop/l2test_modes.c Makefile
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(quiet)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -O2 -shared -fPIC -o $@ $<

# What make bench measures with.
$(BUILD)/bench/bare: tests/bench/bare.c $(BUILD)/.libraries Makefile
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(quiet)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -O2 -o $@ $< \
		$$(cat $(BUILD)/.libraries.libs)

$(BUILD)/bench/stopwatch.so: tests/bench/stopwatch.c Makefile
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(quiet)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -O2 -shared -fPIC -o $@ $<

include tests/unit/unit.mk
include tests/fuzz/fuzz.mk

# --- for users ----------------------------------------------------------------------

install: all
	$(INSTALL) -D -m 755 $(BUILD)/l2server $(DESTDIR)$(BINDIR)/l2server
	$(INSTALL) -D -m 755 $(BUILD)/l2client $(DESTDIR)$(BINDIR)/l2client
	$(INSTALL) -D -m 644 man/l2server.1 $(DESTDIR)$(MANDIR)/man1/l2server.1
	$(INSTALL) -D -m 644 man/l2client.1 $(DESTDIR)$(MANDIR)/man1/l2client.1

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/l2server $(DESTDIR)$(BINDIR)/l2client
	rm -f $(DESTDIR)$(MANDIR)/man1/l2server.1 $(DESTDIR)$(MANDIR)/man1/l2client.1

# --- for everyone: these install what is missing, then call make again -----------------

demo:
	@tests/install-packages build lab
	@$(MAKE) --no-print-directory all
	@tests/lab/demo

# make check LAB=no leaves the virtual machines out, ONLY=REGEX runs cases by name.
LAB ?= yes
ONLY ?=
check:
	@tests/install-packages build check fuzz $(if $(filter no,$(LAB)),,lab)
	@$(MAKE) --no-print-directory all unit-programs fuzz-programs $(BUILD)/relay \
		$(BUILD)/l2test_modes.so
	@L2_BUILD=$(BUILD) tests/run --lab=$(LAB) --only='$(ONLY)'

# --- for developers -------------------------------------------------------------------

# The same sources with the sanitizers, in a folder of their own; make check-sanitize runs
# every test with it.
SANITIZE := BUILD=build/sanitize CFLAGS='-O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined' \
	LDFLAGS='-fsanitize=address,undefined'
sanitize:
	@tests/install-packages build sanitize
	@$(MAKE) --no-print-directory $(SANITIZE) all

check-sanitize:
	@tests/install-packages sanitize
	@UBSAN_OPTIONS=print_stacktrace=1 $(MAKE) --no-print-directory $(SANITIZE) check

# The laboratory's ends, losses and many clients under valgrind; SUITES chooses others.
SUITES ?=
check-valgrind:
	@tests/install-packages build lab valgrind
	@$(MAKE) --no-print-directory all $(BUILD)/relay
	@L2_BUILD=$(BUILD) L2_ONLY='$(ONLY)' tests/lab/valgrind $(SUITES)

# The laboratory with --json for every program, and all that they tell checked.
JSON_SUITES ?= stream end hello errors loss relay flush many peers documentation bench \
	check info negotiated json le security exec privileges
check-json:
	@tests/install-packages build lab
	@$(MAKE) --no-print-directory all $(BUILD)/relay
	@rm -f $(BUILD)/json-*.tap
	@for suite in $(JSON_SUITES); do \
		L2_JSON=1 L2_BUILD=$(BUILD) L2_ONLY='$(ONLY)' \
			tests/lab/suite tests/lab/$$suite.bats | tee $(BUILD)/json-$$suite.tap; \
	done
	@! grep '^not ok' $(BUILD)/json-*.tap

# The laboratory over LE, in both of its modes.
LE_SUITES ?= hello stream end loss matrix
check-le:
	@tests/install-packages build lab
	@$(MAKE) --no-print-directory all $(BUILD)/relay
	@rm -f $(BUILD)/le-*.tap
	@for suite in $(LE_SUITES); do for over in le ecred; do \
		L2_OVER=$$over L2_BUILD=$(BUILD) L2_ONLY='$(ONLY)' \
			tests/lab/suite tests/lab/$$suite.bats | tee $(BUILD)/le-$$suite-$$over.tap; \
	done; done
	@! grep '^not ok' $(BUILD)/le-*.tap

# Two machines, one of which runs bluetoothd with a pairing agent.
check-bluetoothd:
	@tests/install-packages build lab
	@$(MAKE) --no-print-directory all $(BUILD)/relay
	@L2_BUILD=$(BUILD) L2_ONLY='$(ONLY)' tests/lab/suite tests/interop/bluetoothd.bats | \
		tee $(BUILD)/bluetoothd.tap
	@! grep '^not ok' $(BUILD)/bluetoothd.tap

# Looks for inputs that break something, FUZZ_SECONDS for each harness; ONLY=REGEX as above.
# make check has a short fixed run of the same.
FUZZ_SECONDS ?= 60
fuzz:
	@tests/install-packages build fuzz
	@$(MAKE) --no-print-directory fuzz-programs
	@L2_BUILD=$(BUILD) tests/fuzz/run --seconds=$(FUZZ_SECONDS) '$(ONLY)'

# The whole loss matrix (see tests/README.md), on the kernels that people have.
MATRIX_KERNELS ?= 6.12 6.1
matrix:
	@tests/install-packages build lab
	@$(MAKE) --no-print-directory all
	@rm -f $(BUILD)/matrix-*.tap
	@for kernel in $(MATRIX_KERNELS); do \
		echo "Linux $$kernel:"; \
		L2_BUILD=$(BUILD) L2_KERNEL=$$kernel L2_SIZES='500 300000 5000000' \
			L2_LAB_TIMEOUT=5400 L2_TEST_LIMIT=1200 \
			tests/lab/suite tests/lab/matrix.bats | tee $(BUILD)/matrix-$$kernel.tap; \
	done
	@! grep '^not ok' $(BUILD)/matrix-*.tap

# Many transfers with faults by chance, to one server; SEED repeats a run.
SOAK_TRANSFERS ?= 1000
SEED ?=
soak:
	@tests/install-packages build lab
	@$(MAKE) --no-print-directory all
	@tests/lab/guest --timeout=7200 --env=L2_BUILD=$(BUILD) -- \
		tests/lab/air tests/lab/soak $(SOAK_TRANSFERS) $(SEED)

# What the pair costs, against others (see tests/README.md); SECTIONS and ROUNDS choose.
SECTIONS ?=
ROUNDS ?=
bench:
	@tests/install-packages build lab bench
	@$(MAKE) --no-print-directory all $(BUILD)/bench/bare $(BUILD)/bench/stopwatch.so \
		$(BUILD)/l2test_modes.so
	@L2_BUILD=$(BUILD) L2_ROUNDS=$(ROUNDS) tests/bench/run $(SECTIONS)

# What got worse since OLD, the results.json of another run.
bench-compare:
	@python3 tests/bench/report.py compare '$(OLD)' $(BUILD)/bench/results/results.json

scripts := tests/install-packages tests/run tests/hardened tests/cli/run \
	tests/cli/odd-command-lines tests/cli/right-command-lines tests/docs/options-agree tests/lab/guest \
	tests/lab/fetch-kernel tests/lab/air tests/lab/suite tests/lab/demo tests/lab/init \
	tests/lab/soak tests/lab/valgrind tests/interop/pair tests/interop/with-agent \
	tests/fuzz/run tests/fuzz/seeds tests/bench/run .ci/run
# A .bats file and the functions it loads share variables, which shellcheck cannot see.
bats_files := tests/lab/lab.bash tests/lab/controllers.bash $(wildcard tests/lab/*.bats) \
	tests/interop/agent $(wildcard tests/interop/*.bash tests/interop/*.bats)
bats_ignore := SC2154,SC2153,SC2034,SC2030,SC2031,SC2317,SC2059
headers := $(wildcard common/*.h l2server/*.h l2client/*.h)
test_files := $(wildcard tests/unit/*.[ch] tests/fuzz/*.[ch] tests/lab/relay/*.[ch] \
	tests/interop/*.c tests/bench/*.c)
lint:
	@tests/install-packages build lint
	clang-format --dry-run -Werror $(sources) $(headers) $(test_files)
	clang-tidy --quiet $(sources) $(relay_sources) -- $(project_cppflags) $(CPPFLAGS) -std=c11
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
		--enable=warning,performance,portability -Icommon $(sources) $(relay_sources)
	shellcheck $(scripts)
	shellcheck --exclude=$(bats_ignore) $(bats_files)
	mandoc -T lint -W warning man/l2server.1 man/l2client.1

clean:
	rm -rf $(filter-out %/kernel,$(wildcard $(BUILD)/* $(BUILD)/.[a-z]*))

help:
	@echo 'make                 build/l2server and build/l2client'
	@echo 'make demo            install what is missing, show transfers over a virtual air'
	@echo 'make check           install what is missing, run every test'
	@echo 'make check LAB=no    without the virtual machines; ONLY=REGEX: cases by name'
	@echo 'make check-sanitize  every test with the address and undefined-behaviour checks'
	@echo 'make check-valgrind  ends, losses and many clients under valgrind; ONLY, SUITES'
	@echo 'make check-json      the laboratory with --json, each line checked; ONLY'
	@echo 'make check-le        the laboratory over Low Energy, in both modes; ONLY, LE_SUITES'
	@echo 'make check-bluetoothd  pairing and security where one machine runs bluetoothd; ONLY'
	@echo 'make fuzz            look for inputs that break something, FUZZ_SECONDS=60 each'
	@echo 'make matrix          every mode, consumer and end of a transfer, on two kernels'
	@echo 'make soak            1000 transfers with faults by chance; SOAK_TRANSFERS, SEED'
	@echo 'make bench           speed, system calls, memory against others; SECTIONS, ROUNDS'
	@echo 'make bench-compare   OLD=results.json: what got worse since'
	@echo 'make sanitize        build/sanitize/l2server and l2client'
	@echo 'make lint            clang-format, clang-tidy, cppcheck, shellcheck, mandoc'
	@echo 'make install         into PREFIX (/usr/local), below DESTDIR; make uninstall'
	@echo 'make clean           all but the kernels that were fetched'

-include $(patsubst %.c,$(BUILD)/objects/%.d,$(sources) $(relay_sources))

.PHONY: all install uninstall demo check sanitize check-sanitize check-valgrind check-json check-le \
	check-bluetoothd fuzz matrix soak bench bench-compare lint clean help
