# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#
# make            build/l2server and build/l2client
# make demo       install what is missing, build, show a transfer over a virtual air
# make check      the quick tests: no root, no network, nothing is installed
# make check-all  install what is missing, build, every test
# make help       the other targets

# Called from another folder with -f, it works in its own.
root := $(patsubst %/,%,$(dir $(realpath $(firstword $(MAKEFILE_LIST)))))
ifneq ($(root),$(CURDIR))
$(or $(MAKECMDGOALS),all): in-its-own-folder
	@:
in-its-own-folder:
	@$(MAKE) --no-print-directory -C '$(root)' $(MAKECMDGOALS)
.PHONY: in-its-own-folder $(MAKECMDGOALS)
else

VERSION := 1.0.0
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/l2cap-tools
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d
PKG_CONFIG ?= pkg-config
INSTALL ?= install
V ?= 0

# Not from the environment, where another project may have left it.
BUILD := build
ifneq ($(wildcard $(BUILD)/Makefile),)
$(error BUILD=$(BUILD) has sources in it: choose another folder)
endif

# CFLAGS, CPPFLAGS and LDFLAGS are the user's; what the project needs stands apart.
CFLAGS ?= -O2 -g
PACKAGES := bluez popt
project_cppflags := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DL2_VERSION='"$(VERSION)"' -Icommon
project_cflags := -std=c11 -Wall -Wextra -Wconversion -Wswitch-enum -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -fstack-protector-strong -fPIE -MMD -MP \
	-ffile-prefix-map='$(CURDIR)'=.
project_ldflags := -pie -Wl,-z,relro -Wl,-z,now
# FORTIFY needs an optimiser, gets in the way of the sanitizers, and may be the user's.
ifeq ($(findstring -O0,$(CFLAGS))$(findstring sanitize,$(CFLAGS))$(findstring FORTIFY,$(CPPFLAGS) $(CFLAGS)),)
project_cppflags += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

common_sources := $(addprefix common/,byte_queue.c event_loop.c parse_value.c \
	privileges.c sdu_socket.c standard_files.c) \
	$(addprefix common/report/,diagnostics.c event_text.c explain_error.c json_line.c report.c signal_name.c) \
	$(addprefix common/transfer/,numbered_sdus.c output.c round_trips.c times.c sdu_format.c \
	sdu_sender.c sdu_sizes.c sdu_source.c transfer.c transfer_end.c whole_file.c) \
	$(addprefix common/channel/,adapter.c channel.c channel_config.c channel_details.c \
	flush_timeout.c mgmt.c negotiation.c) \
	$(addprefix common/session/,connection_events.c flush_events.c outcome.c permission.c ping.c progress.c sdu_checks.c session.c session_files.c verify.c) \
	$(addprefix common/options/,channel_options.c command_line.c common_options.c option_values.c transfer_options.c) \
	$(addprefix common/check/,check.c)
server_sources := $(addprefix l2server/,main.c accept_loop.c advertising.c lost_clients.c \
	output_pattern.c served_client.c served_command.c server_check.c server_options.c)
client_sources := $(addprefix l2client/,main.c client_check.c client_options.c \
	connect_peer.c info.c info_packet.c set_flush_timeout.c)
sources := $(common_sources) $(server_sources) $(client_sources)
objects = $(patsubst %.c,$(BUILD)/objects/%.o,$(1))

quiet := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-4s %s\n' $(1) $(2))

all: $(BUILD)/l2server $(BUILD)/l2client

# What objects depend on besides their sources: the compiler, the flags, and what pkg-config
# says, kept in NAME.cflags and NAME.libs. A file that says the same stays as old as it was.
# Arguments: PACKAGES, FLAGS, and Debian's names for the packages, as it is built there most.
quoted = '$(subst ','\'',$(1))'
define remember
	@mkdir -p $(@D)
	@command -v $(PKG_CONFIG) >/dev/null || { \
		echo '$(PKG_CONFIG) is missing: apt-get install pkg-config' >&2; exit 1; }
	@$(PKG_CONFIG) --exists $(1) || { \
		echo '$(1): not all found by $(PKG_CONFIG): apt-get install $(3)' >&2; exit 1; }
	@{ printf '%s\n' $(call quoted,$(2)) && $(PKG_CONFIG) --cflags $(1) && \
		$(PKG_CONFIG) --libs $(1); } > $@.new
	@cmp -s $@.new $@ || { $(PKG_CONFIG) --cflags $(1) > $@.cflags && \
		$(PKG_CONFIG) --libs $(1) > $@.libs && cp $@.new $@; }
endef

$(BUILD)/.flags: FORCE
	$(call remember,$(PACKAGES),$(CC) $(project_cppflags) $(CPPFLAGS) $(project_cflags) \
		$(CFLAGS) $(project_ldflags) $(LDFLAGS),libbluetooth-dev libpopt-dev)

$(BUILD)/objects/%.o: %.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(quiet)$(CC) $(project_cppflags) $(CPPFLAGS) $(project_cflags) \
		$$(cat $(BUILD)/.flags.cflags) $(CFLAGS) -c -o $@ $<

link = $(CC) $(CFLAGS) $(project_ldflags) $(LDFLAGS) -o $@ $(filter %.o,$^) \
	$$(cat $(BUILD)/.flags.libs) -lm
ifdef INSTALLED
# To test those of this folder, or to show them (make check, make demo).
$(BUILD)/l2server $(BUILD)/l2client: FORCE
	@mkdir -p $(@D)
	$(call say,CP,$(INSTALLED)/$(@F))
	@cp $(INSTALLED)/$(@F) $@
else
$(BUILD)/l2server: $(call objects,$(common_sources) $(server_sources))
$(BUILD)/l2client: $(call objects,$(common_sources) $(client_sources))
$(BUILD)/l2server $(BUILD)/l2client: $(BUILD)/.flags
	$(call say,LD,$@)
	$(quiet)$(link)
endif

# What is installed: MODE:FILE:NAME-THERE, for each a place below DESTDIR.
examples := $(wildcard tests/examples/*)
installed = $(foreach program,l2server l2client, \
		755:$(BUILD)/$(program):$(BINDIR)/$(program) \
		644:dist/completions/$(program).bash:$(BASHCOMPDIR)/$(program) \
		644:dist/completions/$(program).zsh:$(ZSHCOMPDIR)/_$(program) \
		644:dist/completions/$(program).fish:$(FISHCOMPDIR)/$(program).fish) \
	$(foreach page,$(wildcard man/*.[1-8]), \
		644:$(page):$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
	$(foreach file,LICENSE dist/NEWS.md dist/l2cap-tools-events.schema.json, \
		644:$(file):$(DOCDIR)/$(notdir $(file))) \
	$(foreach file,$(examples),755:$(file):$(DOCDIR)/examples/$(notdir $(file)))
place = $(call quoted,$(DESTDIR)$(word 3,$(subst :, ,$(1))))
define newline


endef

install: all
	$(foreach file,$(installed),$(INSTALL) -D -m $(word 1,$(subst :, ,$(file))) \
		$(word 2,$(subst :, ,$(file))) $(call place,$(file))$(newline)	)

# Folders that others use, too, stay.
uninstall:
	rm -f $(foreach file,$(installed),$(call place,$(file)))
	-rmdir $(call quoted,$(DESTDIR)$(DOCDIR)/examples) $(call quoted,$(DESTDIR)$(DOCDIR))

include dist/dist.mk
include tests/tests.mk

# What the build made, and the folder itself when nothing else is in it.
clean:
	rm -rf $(addprefix $(BUILD)/,l2server l2client objects .flags* $(made_for_tests))
	@! test -d $(BUILD) || rmdir --ignore-fail-on-non-empty $(BUILD)

-include $(patsubst %.c,$(BUILD)/objects/%.d,$(sources) $(relay_sources))

.PHONY: all install uninstall clean FORCE
endif
