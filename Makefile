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
	common/explain_error.c \
	common/interruption.c \
	common/option_tables.c \
	common/parse_value.c \
	common/report.c \
	common/session.c \
	common/socket_memory.c \
	common/transfer.c \
	common/transfer_files.c
server_sources := l2server/main.c l2server/accept_loop.c l2server/server_options.c
client_sources := l2client/main.c l2client/client_options.c l2client/connect_peer.c
sources := $(common_sources) $(server_sources) $(client_sources)
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
$(BUILD)/l2server $(BUILD)/l2client:
	$(call say,LD,$@)
	$(quiet)$(CC) $(CFLAGS) $(project_ldflags) $(LDFLAGS) -o $@ $^ \
		$$(cat $(BUILD)/.libraries.libs)

clean:
	rm -rf $(BUILD)

-include $(patsubst %.c,$(BUILD)/objects/%.d,$(sources))

.PHONY: all clean
