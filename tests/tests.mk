# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#
# Tests and what developers need: included by the top Makefile. tests/README.md has a table of
# the targets, with what they show and how long they take.

include tests/unit/unit.mk
include tests/fuzz/fuzz.mk

made_for_tests := relay l2test_modes.so bluetooth.so bench unit fuzz .cmocka* sanitize ubsan valgrind \
	mutants portability

# Cases by name: ONLY=REGEX.
ONLY ?=
run = L2_BUILD=$(BUILD) tests/run --only='$(ONLY)'
again = @$(MAKE) --no-print-directory $(if $(findstring j,$(filter-out --%,$(MAKEFLAGS))),,-j$(shell nproc))

# --- what tests need ------------------------------------------------------------------

# The only target that installs: with apt-get, what the groups FOR need, and says what.
FOR ?= build check fuzz kernel lab machines
deps:
	@tests/install-packages $(FOR)

# Plays controllers that fail, for the laboratory.
relay_sources := $(addprefix tests/lab/relay/,main.c appear.c capabilities.c commands.c \
	controller.c far.c fault.c flush.c host.c link.c packet.c radio.c responder.c)
$(BUILD)/relay: $(call objects,$(relay_sources) common/parse_value.c) $(BUILD)/.flags
	$(call say,LD,$@)
	$(quiet)$(link)

# These go into programs of others, so the user's flags, sanitizers above all, are not for
# them: what mends l2test, from outside, and what make bench measures with.
$(BUILD)/l2test_modes.so: tests/interop/l2test_modes.c
$(BUILD)/bench/stopwatch.so: tests/bench/stopwatch.c
$(BUILD)/l2test_modes.so $(BUILD)/bench/stopwatch.so:
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(quiet)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -O2 -shared -fPIC -o $@ $<
$(BUILD)/bluetooth.so: tests/over_unix/bluetooth.c $(BUILD)/.flags
	$(call say,LD,$@)
	$(quiet)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -O2 \
		$$(cat $(BUILD)/.flags.cflags) -shared -fPIC -o $@ $< -ldl
$(BUILD)/bench/bare: tests/bench/bare.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(quiet)$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -O2 -o $@ $< \
		$$(cat $(BUILD)/.flags.libs)

lab-programs: all $(BUILD)/relay $(BUILD)/l2test_modes.so

# --- tests ----------------------------------------------------------------------------

demo:
	$(again) deps FOR='build lab machines'
	$(again) all
	@L2_BUILD=$(BUILD) tests/lab/demo

quick-programs: all unit-programs fuzz-programs-where-possible $(BUILD)/bluetooth.so

check:
	$(again) quick-programs
	@$(run) quick

check-all: deps
	$(again) lab-programs quick-programs
	@$(run) quick lab machines

# The whole laboratory on Debian's kernels, in virtual machines; before a release.
KERNELS ?= 6.12 6.1
check-machines: deps
	$(again) lab-programs
	@failed=; for kernel in $(KERNELS); do \
		echo "Linux $$kernel:"; \
		L2_KERNEL=$$kernel $(run) lab tests/interop/transfers.bats || failed=1; \
	done; \
	test -z "$$failed"
	$(again) check-bluetoothd matrix
	$(again) $(SANITIZE) lab-programs
	@L2_KERNEL=6.12 L2_HELLOS=50 L2_BUILD=build/sanitize tests/run --only='$(ONLY)' lab

# A shell on a kernel with the air up, to try things by hand; CLOCK as in tests/lab/guest.
CLOCK ?= real
lab-shell:
	$(again) deps FOR='build lab kernel'
	$(again) lab-programs
	@tests/lab/guest --terminal --clock=$(CLOCK) --timeout=86400 --env=L2_BUILD=$(BUILD) \
		--env=TERM="$$TERM" -- tests/lab/air --relay tests/lab/shell

# With the sanitizers, in folders of their own: both for what needs no kernel, undefined
# behaviour for the laboratory, where the address sanitizer has no room for its shadow.
SANITIZE := BUILD=build/sanitize CFLAGS='-O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined' \
	LDFLAGS='-fsanitize=address,undefined'
UBSAN := BUILD=build/ubsan CFLAGS='-O1 -g -fsanitize=undefined \
	-fno-sanitize-recover=undefined' LDFLAGS='-fsanitize=undefined'
sanitize:
	$(again) $(SANITIZE) all
# clang's are in the fuzzing harnesses already.
check-sanitize:
	@UBSAN_OPTIONS=print_stacktrace=1 $(MAKE) --no-print-directory $(SANITIZE) FUZZ_CC=false check
check-ubsan: deps
	$(again) $(UBSAN) lab-programs
	@UBSAN_OPTIONS=print_stacktrace=1 L2_HELLOS=50 L2_BUILD=build/ubsan \
		tests/run --only='$(ONLY)' lab

# Suites of the laboratory in another way; SUITES chooses which.
suites = $(patsubst %,tests/lab/%.bats,$(or $(SUITES),$(1)))
check-valgrind:
	$(again) deps FOR='build kernel lab valgrind'
	$(again) lab-programs
	@L2_BUILD=$(BUILD) L2_ONLY='$(ONLY)' tests/lab/valgrind $(call suites,end loss many)
check-json: deps
	$(again) lab-programs
	@L2_JSON=1 $(run) lab
check-le: deps
	$(again) lab-programs
	@for over in le ecred; do \
		L2_OVER=$$over $(run) $(call suites,hello stream end loss matrix) || failed=1; \
	done; test -z "$$failed"
# Each end is held up after each of its system calls, or the call fails.
check-holdups: deps
	$(again) lab-programs
	@L2_HOLDS='60 300 2000 EIO ENOMEM EINTR' L2_PAYLOADS='7 20000' L2_LAB_TIMEOUT=5400 \
		L2_TEST_LIMIT=100000 $(run) $(call suites,holdups)
check-bluetoothd: deps
	$(again) lab-programs
	@$(run) tests/interop/bluetoothd.bats

# make check with each compiler and C library that Debian has (see tests/portability).
check-portability:
	$(again) deps FOR='build check portability'
	@L2_ONLY='$(ONLY)' tests/portability

# As on a fresh machine of each of these, in a root that debootstrap makes (see there for STEPS).
ROOTS ?= bookworm trixie
STEPS ?=
check-roots:
	$(again) deps FOR=roots
	@failed=; for suite in $(ROOTS); do tests/clean-roots $$suite $(STEPS) || failed=1; done; \
		test -z "$$failed"

# What arrives with ours, with the Python pair and with l2test: the table of README.
comparison: deps
	$(again) lab-programs
	@L2_BUILD=$(BUILD) tests/lab/suite tests/lab/comparison.bats | grep '^# |\|not ok'

# README's picture, from what the programs print; documentation.bats compares its text.
picture: deps
	$(again) lab-programs
	tests/lab/guest --env=L2_BUILD=$(BUILD) -- tests/lab/air tests/lab/picture >$(BUILD)/hello.svg
	mv $(BUILD)/hello.svg dist/hello.svg

# Every mode, consumer and end of a transfer (see tests/README.md), on the kernels that
# people have.
matrix: deps
	$(again) lab-programs
	@failed=; for kernel in $(KERNELS); do \
		echo "Linux $$kernel:"; \
		L2_KERNEL=$$kernel L2_SIZES='500 300000 5000000' L2_LAB_TIMEOUT=5400 \
			L2_TEST_LIMIT=1200 $(run) tests/lab/matrix.bats || failed=1; \
	done; test -z "$$failed"

# Takes the mend of each trap out and wants to see its test fail; ONLY chooses by name.
mutants: deps
	@tests/lab/mutants '$(ONLY)'

# Many transfers with faults by chance, to one server; SEED repeats a run.
SOAK_TRANSFERS ?= 1000
SEED ?=
soak: deps
	$(again) lab-programs
	@tests/lab/guest --timeout=7200 --env=L2_BUILD=$(BUILD) -- \
		tests/lab/air tests/lab/soak $(SOAK_TRANSFERS) $(SEED)

# Looks for inputs that break something, FUZZ_SECONDS for each harness.
FUZZ_SECONDS ?= 60
fuzz:
	$(again) deps FOR='build fuzz'
	$(again) fuzz-programs
	@L2_BUILD=$(BUILD) tests/fuzz/run --seconds=$(FUZZ_SECONDS) '$(ONLY)'

# What the pair costs, against others; SECTIONS and ROUNDS choose. bench-compare: what got
# worse since OLD, the results.json of another run.
SECTIONS ?=
ROUNDS ?=
bench:
	$(again) deps FOR='build kernel lab machines bench'
	$(again) lab-programs $(BUILD)/bench/bare $(BUILD)/bench/stopwatch.so
	@L2_BUILD=$(BUILD) L2_ROUNDS=$(ROUNDS) tests/bench/run $(SECTIONS)
bench-compare:
	@python3 tests/bench/report.py compare '$(OLD)' $(BUILD)/bench/results/results.json

# --- the look of the code ---------------------------------------------------------------

# Scripts are found by their first line. A .bats file and the functions that it loads share
# variables, which shellcheck cannot see.
scripts = $(shell git ls-files .ci dist tests | xargs grep -lE '^\#!/bin/(ba)?sh')
bats_files = $(wildcard tests/lab/*.bash tests/lab/*.bats tests/interop/*.bash \
	tests/interop/*.bats tests/over_unix/*.bats tests/over_unix/*.bash) tests/interop/agent
bats_ignore := SC2154,SC2153,SC2034,SC2030,SC2031,SC2317,SC2059
headers := $(wildcard common/*.h common/*/*.h l2server/*.h l2client/*.h)
test_files := $(wildcard tests/unit/*.[ch] tests/fuzz/*.[ch] tests/lab/relay/*.[ch] \
	tests/interop/*.c tests/bench/*.c tests/over_unix/*.c)
# The pages of other packages may not be here, and .Os is to name the version.
mandoc_allowed := -e 'referenced manual not found' -e 'operating system explicitly specified'
lint:
	$(again) deps FOR='build lint'
	clang-format --dry-run -Werror $(sources) $(headers) $(test_files)
	clang-tidy --quiet $(sources) $(relay_sources) -- $(project_cppflags) $(CPPFLAGS) -std=c11
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
		--enable=warning,performance,portability -Icommon $(sources) $(relay_sources)
	shellcheck $(filter-out tests/interop/agent,$(scripts))
	shellcheck --exclude=$(bats_ignore) $(bats_files)
	! mandoc -T lint -W all man/*.[1-8] | grep -v $(mandoc_allowed)

help:
	@sed -n 's/^| `\(make[^`]*\)` | \([^|]*\) |.*/\1\t\2/p' tests/README.md | \
		awk -F '\t' '{ printf "%-22s %s\n", $$1, $$2 }'

.PHONY: deps demo quick-programs check check-all check-machines lab-shell lab-programs sanitize \
	check-sanitize check-ubsan check-valgrind check-json check-le check-holdups check-bluetoothd \
	check-portability check-roots matrix comparison picture mutants soak fuzz bench bench-compare lint help
