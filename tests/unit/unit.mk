# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#
# Unit tests: included by the top Makefile. They need cmocka and no Bluetooth.
#   unit-programs   builds $(unit_programs)
# A test is a file, test_NAME.c, a name here, and the calls that it answers instead of the C
# library, if any, in unit_wraps_NAME.

unit_tests := parse_value channel_config explain_error sending_errors \
	receiving_errors waiting_errors transfer_loss session event_loop output output_files \
	output_pattern report sdu_sizes numbered_sdus round_trips times sdu_source \
	info_packet progress privileges diagnostics
unit_programs := $(patsubst %,$(BUILD)/unit/test_%,$(unit_tests))

# The calls that a test answers instead of the C library.
wrapped_calls := send recvmsg sendmmsg recvmmsg read write poll epoll_pwait getsockopt setsockopt realloc
unit_wraps_sending_errors := $(wrapped_calls)
unit_wraps_receiving_errors := $(wrapped_calls)
unit_wraps_waiting_errors := $(wrapped_calls)
unit_wraps_transfer_loss := getsockopt epoll_ctl epoll_pwait
unit_wraps_session := getsockopt epoll_pwait
unit_wraps_sdu_source := malloc realloc

# What answers those calls for several tests: not in the library, or each test had all.
unit_parts_sending_errors := wrapped_calls one_by_one
unit_parts_receiving_errors := wrapped_calls one_by_one
unit_parts_waiting_errors := wrapped_calls one_by_one
unit_parts_session := session_fixture

# A test may use all of these: the linker takes from the library what it needs.
unit_sources := $(filter-out %/main.c,$(sources)) tests/unit/source_fixture.c \
	tests/unit/transfer_fixture.c
unit_objects := $(patsubst %.c,$(BUILD)/unit/objects/%.o,$(unit_sources))
unit_library := $(BUILD)/unit/library.a

# Objects of their own: fortified and link-time optimised ones call other names than
# those that are wrapped.
unit_cppflags := $(filter-out -D_FORTIFY_SOURCE=%,$(project_cppflags)) -Il2server -Il2client
unit_cflags := -U_FORTIFY_SOURCE -fno-lto

$(BUILD)/.cmocka: FORCE
	$(call remember,cmocka,$(unit_cppflags) $(unit_cflags),libcmocka-dev)

$(BUILD)/unit/objects/%.o: %.c $(BUILD)/.flags $(BUILD)/.cmocka
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(quiet)$(CC) $(unit_cppflags) $(CPPFLAGS) $(project_cflags) \
		$$(cat $(BUILD)/.flags.cflags $(BUILD)/.cmocka.cflags) $(CFLAGS) \
		$(unit_cflags) -c -o $@ $<

$(unit_library): $(unit_objects)
	$(quiet)rm -f $@
	$(quiet)$(AR) rcs $@ $^

unit_own_objects = $(patsubst %,$(BUILD)/unit/objects/tests/unit/%.o,test_$(1) $(unit_parts_$(1)))
define unit_rule
$(BUILD)/unit/test_$(1): $(call unit_own_objects,$(1)) $(unit_library)
endef
$(foreach test,$(unit_tests),$(eval $(call unit_rule,$(test))))

$(unit_programs): $(BUILD)/unit/test_%:
	$(call say,LD,$@)
	$(quiet)$(CC) $(CFLAGS) $(project_ldflags) $(LDFLAGS) \
		$(patsubst %,-Wl$(comma)--wrap=%,$(unit_wraps_$*)) -o $@ $^ \
		$$(cat $(BUILD)/.flags.libs $(BUILD)/.cmocka.libs) -pthread -lrt -lm
comma := ,

# Without those that an earlier commit had: tests/run runs all that are there.
unit-programs: $(unit_programs)
	$(quiet)rm -f $(filter-out $^,$(wildcard $(BUILD)/unit/test_*))

-include $(patsubst %.o,%.d,$(unit_objects) \
	$(foreach test,$(unit_tests),$(call unit_own_objects,$(test))))

.PHONY: unit-programs
