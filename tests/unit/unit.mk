# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests: included by the top Makefile. They need cmocka and no Bluetooth.
#   unit-programs   builds $(unit_programs)

unit_tests := parse_value byte_queue channel_config explain_error transfer_sending \
	transfer_receiving transfer_end sending_errors receiving_errors waiting_errors \
	transfer_loss session event_loop output output_files output_pattern \
	channel_listen channel_settle channel_connect option_tables report \
	sdu_format sdu_sizes numbered_sdus ping sdu_source sdu_text \
	adapter channel_probe information peer_info preflight \
	verification round_trips transfer_formats transfer_echo \
	session_checks wrong_options report_json json_line negotiated progress \
	flush_timeout session_tuning management served_command \
	privileges lost_clients diagnostics
unit_programs := $(patsubst %,$(BUILD)/unit/test_%,$(unit_tests))

# The sources under test, and what tests share.
unit_sources_parse_value := common/parse_value.c
unit_sources_byte_queue := common/byte_queue.c
unit_sources_channel_config := common/channel/channel_config.c
unit_sources_explain_error := common/report/explain_error.c
unit_sources_sdu_format := common/transfer/sdu_format.c
unit_sources_sdu_sizes := common/transfer/sdu_sizes.c common/parse_value.c
unit_sources_numbered_sdus := common/transfer/numbered_sdus.c
unit_sources_ping := common/transfer/round_trips.c common/transfer/numbered_sdus.c common/transfer/sdu_sizes.c \
	common/parse_value.c
source_sources := common/transfer/sdu_source.c common/byte_queue.c common/transfer/sdu_format.c \
	common/transfer/sdu_sizes.c common/transfer/numbered_sdus.c common/parse_value.c \
	tests/unit/source_fixture.c
unit_sources_sdu_source := $(source_sources)
unit_sources_sdu_text := $(source_sources)
transfer_sources := common/transfer/transfer.c common/transfer/sdu_sender.c common/byte_queue.c common/sdu_socket.c \
	common/socket_memory.c common/transfer/sdu_source.c common/transfer/sdu_format.c common/transfer/sdu_sizes.c \
	common/transfer/numbered_sdus.c common/parse_value.c \
	common/interruption.c common/event_loop.c common/transfer/output.c common/transfer/whole_file.c common/report/diagnostics.c \
	tests/unit/transfer_fixture.c
unit_sources_transfer_sending := $(transfer_sources)
unit_sources_transfer_receiving := $(transfer_sources)
unit_sources_transfer_end := $(transfer_sources)
unit_sources_transfer_loss := $(transfer_sources)
unit_sources_transfer_formats := $(transfer_sources)
unit_sources_transfer_echo := $(transfer_sources)
wrapped_sources := $(transfer_sources) tests/unit/wrapped_calls.c
unit_sources_sending_errors := $(wrapped_sources)
unit_sources_receiving_errors := $(wrapped_sources)
unit_sources_waiting_errors := $(wrapped_sources)
unit_sources_event_loop := common/event_loop.c common/interruption.c
unit_sources_output_pattern := l2server/output_pattern.c
unit_sources_diagnostics := common/report/diagnostics.c common/event_loop.c \
	common/interruption.c common/byte_queue.c
unit_sources_lost_clients := l2server/lost_clients.c
unit_sources_output_files := common/transfer/output.c common/transfer/whole_file.c common/report/diagnostics.c common/transfer/sdu_format.c common/event_loop.c \
	common/byte_queue.c common/interruption.c
unit_sources_output := $(transfer_sources)
report_sources := common/report/report.c common/report/diagnostics.c common/event_loop.c common/interruption.c common/byte_queue.c common/report/signal_name.c common/channel/channel_details.c common/report/report_line.c \
	common/report/json_line.c common/channel/flush_timeout.c
session_sources := common/session/session.c common/channel/link_tuning.c common/session/outcome.c common/channel/channel.c common/channel/negotiation.c $(report_sources) \
	common/report/explain_error.c common/channel/adapter.c common/channel/channel_config.c common/session/progress.c \
	common/transfer/round_trips.c common/session/ping.c common/session/verify.c $(transfer_sources) \
	common/session/session_files.c tests/unit/session_fixture.c
unit_sources_session := $(session_sources)
unit_sources_session_checks := $(session_sources)
unit_sources_session_tuning := $(session_sources)
channel_sources := common/channel/channel.c common/channel/negotiation.c common/channel/channel_config.c common/sdu_socket.c common/socket_memory.c \
	common/interruption.c tests/unit/fake_kernel.c
unit_sources_channel_listen := $(channel_sources)
unit_sources_channel_settle := $(channel_sources)
unit_sources_channel_connect := $(channel_sources)
option_sources := common/options/option_tables.c common/options/channel_options.c \
	common/options/option_values.c common/parse_value.c common/channel/channel_config.c $(report_sources) common/report/explain_error.c common/channel/adapter.c \
	common/transfer/sdu_format.c common/transfer/sdu_sizes.c common/standard_files.c
unit_sources_option_tables := $(option_sources)
unit_sources_wrong_options := $(option_sources)
unit_sources_report_json = $(unit_sources_report)
unit_sources_json_line := common/report/json_line.c
unit_sources_flush_timeout := common/channel/flush_timeout.c
unit_sources_management := common/channel/mgmt.c
unit_sources_privileges := common/privileges.c
unit_sources_served_command := l2server/served_command.c common/event_loop.c \
	common/interruption.c
unit_sources_negotiated := common/channel/channel_details.c common/channel/channel_config.c
unit_sources_report := $(report_sources) common/report/explain_error.c common/channel/adapter.c \
	common/channel/channel_config.c common/parse_value.c
unit_sources_progress := common/session/progress.c common/interruption.c $(unit_sources_report)
unit_sources_verification := common/session/verify.c common/transfer/numbered_sdus.c \
	$(unit_sources_report)
unit_sources_round_trips := common/session/ping.c common/transfer/round_trips.c common/transfer/sdu_source.c \
	common/byte_queue.c common/transfer/sdu_format.c common/transfer/sdu_sizes.c common/transfer/numbered_sdus.c \
	common/interruption.c $(unit_sources_report)
unit_sources_adapter := common/channel/adapter.c common/parse_value.c
unit_sources_channel_probe := $(channel_sources)
unit_sources_information := l2client/info_packet.c
unit_sources_peer_info := l2client/info.c l2client/info_packet.c \
	l2client/client_options.c $(option_sources) $(filter-out %/fake_kernel.c,\
	$(channel_sources))
unit_sources_preflight := common/check/check.c common/check/machine.c common/channel/mgmt.c common/transfer/output.c common/transfer/whole_file.c common/report/diagnostics.c \
	common/byte_queue.c common/event_loop.c \
	$(option_sources) $(filter-out %/fake_kernel.c,$(channel_sources))

# The calls that a test answers in place of the C library.
wrapped_calls := send recvmsg read write poll epoll_pwait getsockopt setsockopt realloc
unit_wraps_sending_errors := $(wrapped_calls)
unit_wraps_receiving_errors := $(wrapped_calls)
unit_wraps_waiting_errors := $(wrapped_calls)
unit_wraps_transfer_loss := getsockopt epoll_ctl epoll_pwait
unit_wraps_session := getsockopt epoll_pwait
unit_wraps_session_checks := getsockopt epoll_pwait calloc realloc
kernel_calls := socket setsockopt getsockopt bind listen accept4 connect recv shutdown \
	close poll ppoll getsockname fcntl fcntl64 adapter_acl_payload adapter_find_handle
unit_wraps_channel_listen := $(kernel_calls)
unit_wraps_channel_settle := $(kernel_calls)
unit_wraps_channel_connect := $(kernel_calls)
unit_wraps_channel_probe := $(kernel_calls)
unit_wraps_negotiated := getsockname getpeername getsockopt adapter_find_handle
unit_wraps_management := socket bind write read poll close monotonic_ms
unit_wraps_lost_clients := channel_accept channel_start_disconnect \
	channel_disconnect_result channel_close
unit_wraps_option_tables := strdup
unit_wraps_flush_timeout := hci_open_dev hci_send_cmd socket setsockopt recv close
unit_wraps_session_tuning := getsockopt setsockopt epoll_pwait adapter_find_link \
	flush_timeout_start flush_timeout_take flush_timeout_close flush_timeout_permission
unit_wraps_adapter := socket ioctl
unit_wraps_peer_info := adapter_find adapter_name channel_connect_signalling
unit_wraps_wrong_options := strdup
unit_wraps_sdu_source := malloc realloc
unit_wraps_transfer_echo := monotonic_ms
unit_wraps_round_trips := monotonic_us realloc

unit_objects = $(patsubst %.c,$(BUILD)/unit/objects/%.o,\
	tests/unit/test_$(1).c $(unit_sources_$(1)))

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

define unit_rule
$(BUILD)/unit/test_$(1): $(call unit_objects,$(1))
endef
$(foreach test,$(unit_tests),$(eval $(call unit_rule,$(test))))

$(unit_programs): $(BUILD)/unit/test_%:
	$(call say,LD,$@)
	$(quiet)$(CC) $(CFLAGS) $(project_ldflags) $(LDFLAGS) \
		$(patsubst %,-Wl$(comma)--wrap=%,$(unit_wraps_$*)) -o $@ $(filter %.o,$^) \
		$$(cat $(BUILD)/.flags.libs $(BUILD)/.cmocka.libs) -pthread -lm
comma := ,

unit-programs: $(unit_programs)

-include $(foreach test,$(unit_tests),\
	$(patsubst %.o,%.d,$(call unit_objects,$(test))))

.PHONY: unit-programs
