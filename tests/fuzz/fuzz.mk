# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#
# Fuzzing with libFuzzer: included by the top Makefile. It needs clang and no Bluetooth.
#   fuzz-programs                  builds $(fuzz_programs)
#   fuzz-programs-where-possible   does so where clang has libFuzzer

# A harness is a file, fuzz_NAME.c, and a line here, fuzz_wraps_NAME, with the calls
# that it answers instead of the C library.
fuzz_wraps_byte_queue := realloc
fuzz_wraps_client_options := write fcntl fcntl64 strdup calloc
fuzz_wraps_hci_event :=
fuzz_wraps_information :=
fuzz_wraps_json_line :=
fuzz_wraps_names :=
fuzz_wraps_report := write
fuzz_wraps_sdu_text := read malloc realloc
fuzz_wraps_server_options := write fcntl fcntl64 strdup calloc
fuzz_wraps_transfer := send recvmsg sendmmsg recvmmsg read write getsockopt setsockopt poll ppoll realloc \
	clock_gettime epoll_create1 epoll_ctl epoll_pwait

# What a harness has besides its file. Not in the library, where calls are answered, too.
fuzz_parts_transfer := transfer_world transfer_promise ../unit/one_by_one

fuzz_harnesses := $(patsubst fuzz_wraps_%,%,$(sort $(filter fuzz_wraps_%,$(.VARIABLES))))
fuzz_programs := $(patsubst %,$(BUILD)/fuzz/fuzz_%,$(fuzz_harnesses))

# A harness may use all of these: the linker takes from the library what it needs.
fuzz_sources := $(filter-out %/main.c,$(sources)) tests/fuzz/captured_lines.c \
	tests/fuzz/command_line.c tests/fuzz/read_json.c tests/fuzz/reference_sdus.c
fuzz_library := $(BUILD)/fuzz/library.a

# Always with clang and the sanitizers, whatever CC and CFLAGS the programs have.
FUZZ_CC ?= clang
fuzz_cppflags := $(unit_cppflags) -U_FORTIFY_SOURCE -Il2server -Il2client
fuzz_sanitizers := address,undefined
fuzz_cflags := $(project_cflags) -O1 -g -fno-omit-frame-pointer \
	-fno-sanitize-recover=undefined

fuzz_objects = $(patsubst %.c,$(BUILD)/fuzz/objects/%.o,$(1))
fuzz_own_sources = $(patsubst %,tests/fuzz/%.c,fuzz_$(1) $(fuzz_parts_$(1)))

$(BUILD)/fuzz/objects/%.o: %.c $(BUILD)/.flags tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(quiet)$(FUZZ_CC) $(fuzz_cppflags) $(CPPFLAGS) $(fuzz_cflags) \
		-fsanitize=fuzzer-no-link,$(fuzz_sanitizers) \
		$$(cat $(BUILD)/.flags.cflags) -c -o $@ $<

$(fuzz_library): $(call fuzz_objects,$(fuzz_sources))
	$(quiet)rm -f $@
	$(quiet)$(AR) rcs $@ $^

define fuzz_rule
$(BUILD)/fuzz/fuzz_$(1): $(call fuzz_objects,$(call fuzz_own_sources,$(1))) $(fuzz_library)
endef
$(foreach harness,$(fuzz_harnesses),$(eval $(call fuzz_rule,$(harness))))

$(fuzz_programs): $(BUILD)/fuzz/fuzz_%:
	$(call say,LD,$@)
	$(quiet)$(FUZZ_CC) $(fuzz_cflags) -fsanitize=fuzzer,$(fuzz_sanitizers) \
		$(project_ldflags) $(patsubst %,-Wl$(comma)--wrap=%,$(fuzz_wraps_$*)) \
		-o $@ $^ $$(cat $(BUILD)/.flags.libs) -lm

# Without those that an earlier commit had: tests/fuzz/run runs all that are there.
fuzz-programs: $(fuzz_programs)
	$(quiet)rm -f $(filter-out $^,$(wildcard $(BUILD)/fuzz/fuzz_*))

# For make check, which installs nothing.
fuzz-programs-where-possible:
	@if echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
		$(FUZZ_CC) -fsanitize=fuzzer -x c - -o /dev/null 2>/dev/null; then \
		$(MAKE) --no-print-directory fuzz-programs; \
	fi

-include $(patsubst %.o,%.d,$(call fuzz_objects,$(fuzz_sources) \
	$(foreach harness,$(fuzz_harnesses),$(call fuzz_own_sources,$(harness)))))

.PHONY: fuzz-programs fuzz-programs-where-possible
