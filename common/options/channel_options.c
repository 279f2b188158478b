// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "options/channel_options.h"
#include "options/option_values.h"

#include <stdio.h>
#include <string.h>

#include "channel/adapter.h"
#include "channel/flush_timeout.h"
#include "parse_value.h"

static const struct poptOption connection_table[] = {
	{"adapter", 'i', POPT_ARG_STRING, NULL, OPTION_ADAPTER,
	 "local adapter (default: any)", "hciN|BDADDR"},
	{"psm", 'p', POPT_ARG_STRING, NULL, OPTION_PSM,
	 "PSM (default: 0x1001, over LE 0x0080)", "PSM"},
	{"le", '\0', POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL, NULL, OPTION_LE,
	 "use LE; the type of the server's address", "public|random"},
	{"mode", 'M', POPT_ARG_STRING, NULL, OPTION_MODE,
	 "auto, basic, ertm, streaming; LE: auto, ecred", "MODE"},
	{"mtu", 'm', POPT_ARG_STRING, NULL, OPTION_MTU,
	 "incoming MTU, 48-65535 (default 672, LE 65535)", "BYTES"},
	{"security", 'S', POPT_ARG_STRING, NULL, OPTION_SECURITY,
	 "required: low, medium, high or fips", "LEVEL"},
	POPT_TABLEEND,
};

static const struct poptOption tuning_table[] = {
	{"flush-timeout", 'f', POPT_ARG_STRING, NULL, OPTION_FLUSH_TIMEOUT,
	 "discard data not sent within MS, 0-1279", "MS"},
	{"fcs", '\0', POPT_ARG_STRING, NULL, OPTION_FCS,
	 "checksum of frames: ertm, streaming", "on|off"},
	{"tx-window", '\0', POPT_ARG_STRING, NULL, OPTION_TX_WINDOW,
	 "frames in flight: ertm, 1-63 (default: 63)", "N"},
	{"max-transmit", '\0', POPT_ARG_STRING, NULL, OPTION_MAX_TRANSMIT,
	 "tries of a frame: ertm, 0-255 (default: 3)", "N"},
	POPT_TABLEEND,
};

/* --- values ------------------------------------------------------------------------- */

static bool take_adapter(struct common_options *options, char **argument)
{
	const char *text = *argument ? *argument : "";

	if (adapter_check_name(text))
		return wrong_value(&options->report, "--adapter", text,
				   "is not hciN (hci0, hci1, ...) or a Bluetooth "
				   "address "
				   "like 01:23:45:67:89:AB");
	return take_text(&options->report, "--adapter", argument, &options->adapter);
}

static bool take_le(struct common_options *options, const char *text)
{
	if (channel_address_type_parse(*text ? text : "public",
				       &options->channel.address_type) == 0)
		return true;
	return wrong_value(&options->report, "--le", text, "is not public or random");
}

static bool wrong_psm(const struct common_options *options, const char *text)
{
	return wrong_value(&options->report, "--psm", text, "is not a PSM%s: %s%s",
			   channel_is_le(&options->channel) ? " of LE" : "",
			   psm_rule(channel_is_le(&options->channel)),
			   options->psm_may_be_zero ? ", or 0 for a free one" : "");
}

/* Which PSMs there are depends on --le, which may come after: check_psm() looks. */
static bool take_psm(struct common_options *options, const char *text)
{
	options->psm_given = true;
	snprintf(options->psm_text, sizeof(options->psm_text), "%s", text);
	return true;
}

static unsigned int smallest_mtu(const struct channel_config *channel)
{
	if (!channel_is_le(channel))
		return SMALLEST_MTU;
	return channel->mode == MODE_ECRED ? SMALLEST_ECRED_MTU : SMALLEST_LE_MTU;
}

/* So does the smallest MTU. */
static bool take_mtu(struct common_options *options, const char *text)
{
	uint64_t mtu;

	if (parse_number(text, SMALLEST_LE_MTU, LARGEST_MTU, &mtu)) {
		unsigned int unused;

		return take_number(&options->report, "--mtu", text,
				   smallest_mtu(&options->channel), LARGEST_MTU, &unused);
	}
	options->channel.mtu = (uint16_t)mtu;
	snprintf(options->mtu_text, sizeof(options->mtu_text), "%s", text);
	return true;
}

static bool take_mode(struct common_options *options, const char *text)
{
	if (channel_mode_parse(text, &options->channel.mode) == 0)
		return true;
	return wrong_value(&options->report, "--mode", text,
			   "is not auto, basic, ertm, streaming or ecred");
}

static bool take_security(struct common_options *options, const char *text)
{
	if (security_level_parse(text, &options->channel.security) == 0)
		return true;
	return wrong_value(&options->report, "--security", text,
			   "is not low, medium, high or fips");
}

static bool take_fcs(struct common_options *options, const char *text)
{
	bool off = strcmp(text, "off") == 0;

	if (!off && strcmp(text, "on") != 0)
		return wrong_value(&options->report, "--fcs", text, "is not on or off");
	options->channel.without_fcs = off;
	options->frame_option = "--fcs";
	return true;
}

/* A number of ERTM's, of one byte. */
static bool take_ertm(struct common_options *options, const char *name, const char *text,
		      unsigned int minimum, unsigned int maximum, uint8_t *value)
{
	unsigned int number = 0;

	if (!take_number(&options->report, name, text, minimum, maximum, &number))
		return false;
	*value = (uint8_t)number;
	options->ertm_option = name;
	return true;
}

static bool take(struct common_options *options, int option, char **argument)
{
	const char *text = *argument ? *argument : "";
	struct transfer_config *transfer = &options->transfer;

	switch ((enum channel_option)option) {
	case OPTION_ADAPTER:
		return take_adapter(options, argument);
	case OPTION_LE:
		return take_le(options, text);
	case OPTION_PSM:
		return take_psm(options, text);
	case OPTION_MTU:
		return take_mtu(options, text);
	case OPTION_SECURITY:
		return take_security(options, text);
	case OPTION_FLUSH_TIMEOUT:
		transfer->sets_flush_timeout = true;
		return take_number(&options->report, "--flush-timeout", text, 0,
				   LONGEST_FLUSH_TIMEOUT_MS, &transfer->flush_timeout_ms);
	case OPTION_MODE:
		return take_mode(options, text);
	case OPTION_FCS:
		return take_fcs(options, text);
	case OPTION_TX_WINDOW:
		return take_ertm(options, "--tx-window", text, 1, LARGEST_TX_WINDOW,
				 &options->channel.tx_window);
	case OPTION_MAX_TRANSMIT:
		return take_ertm(options, "--max-transmit", text, 0, LARGEST_MAX_TRANSMIT,
				 &options->channel.max_transmit);
	}
	return false;
}

/* --- together ----------------------------------------------------------------------- */

/* An option given that LE has no use for, or NULL: the frames are LE's own, who connects
 * is central, and nothing is flushed. */
static const char *lacking_in_le(const struct common_options *options)
{
	if (options->ertm_option)
		return options->ertm_option;
	if (options->frame_option)
		return options->frame_option;
	if (options->transfer.sets_flush_timeout)
		return "--flush-timeout";
	return options->channel.central ? "--central" : NULL;
}

/* The last option given that the mode lacks, or NULL. */
static const char *lacking_option(const struct common_options *options)
{
	switch (options->channel.mode) {
	case MODE_BASIC:
		return options->ertm_option ? options->ertm_option
					    : options->frame_option;
	case MODE_STREAMING:
		return options->ertm_option;
	case MODE_AUTO:
	case MODE_ERTM:
	case MODE_LE:
	case MODE_ECRED:
		break;
	}
	return NULL;
}

static bool check_mode(const struct common_options *options)
{
	enum channel_mode mode = options->channel.mode;
	bool le = channel_is_le(&options->channel);
	const char *name = le ? lacking_in_le(options) : lacking_option(options);
	char text[64];
	const struct option_clash clashes[] = {
		CLASH(le && mode != MODE_AUTO && mode != MODE_ECRED,
		      "--mode=%s has no meaning with --le: auto or ecred",
		      .word = channel_mode_name((int)mode)),
		CLASH(!le && mode == MODE_ECRED, "--mode=ecred requires --le"),
		CLASH(name && le, "%s has no effect with --le", .word = name),
		CLASH(name != NULL, text, .word = name),
	};

	snprintf(text, sizeof(text), "%%s has no effect with --mode=%s",
		 channel_mode_name((int)mode));
	return options_agree(&options->report, clashes,
			     sizeof(clashes) / sizeof(*clashes));
}

static bool check_mtu(struct common_options *options)
{
	struct channel_config *channel = &options->channel;
	unsigned int unused;

	if (!channel->mtu)
		channel->mtu = channel_is_le(channel) ? DEFAULT_LE_MTU : DEFAULT_MTU;
	return channel->mtu >= smallest_mtu(channel) ||
	       take_number(&options->report, "--mtu", options->mtu_text,
			   smallest_mtu(channel), LARGEST_MTU, &unused);
}

static bool check_psm(struct common_options *options)
{
	struct channel_config *channel = &options->channel;
	bool le = channel_is_le(channel);
	uint64_t psm = le ? DEFAULT_LE_PSM : DEFAULT_PSM;

	if (options->psm_given && (parse_number(options->psm_text, 0, UINT16_MAX, &psm) ||
				   !(psm_is_valid((uint16_t)psm, le) ||
				     (psm == 0 && options->psm_may_be_zero))))
		return wrong_psm(options, options->psm_text);
	channel->psm = (uint16_t)psm;
	return true;
}

static bool check(struct common_options *options)
{
	return check_mode(options) && check_mtu(options) && check_psm(options);
}

const struct option_group channel_options = {
	{[HEADING_CONNECTION] = connection_table, [HEADING_TUNING] = tuning_table},
	take,
	check};
