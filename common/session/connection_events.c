// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "session/connection_events.h"

#include <math.h>
#include <stdio.h>

#include "channel/adapter.h"
#include "report/signal_name.h"
#include "session/flush_events.h"
#include "report/field.h"

void report_listening(const struct report *report, const struct channel *listener)
{
	bool any = bacmp(&listener->local, BDADDR_ANY) == 0;
	char name[ADAPTER_NAME_SIZE];
	char address[ADDRESS_TEXT_SIZE];

	adapter_name(&listener->local, name);
	address_text(&listener->local, address);
	report_event(report, VERBOSITY_NORMAL, "listening",
		     FIELDS(field_text("adapter", any ? NULL : name),
			    field_text("adapter_address", any ? NULL : address),
			    field_count("psm", listener->psm)),
		     "listening on {adapter|any adapter}[ {adapter_address}], "
		     "PSM {psm:psm}");
}

enum exit_status report_listen_failure(const struct report *report, const char *adapter,
				       unsigned int psm, enum failed_step step, int error)
{
	return report_failure(report, step, error, "listen on %s, PSM 0x%04X (%u)",
			      adapter ? adapter : "any adapter", psm, psm);
}

void report_accepted(const struct report *report, const bdaddr_t *peer,
		     unsigned int number)
{
	char address[ADDRESS_TEXT_SIZE];

	report_event(report, VERBOSITY_NORMAL, "accepted",
		     FIELDS(field_count("connection", number),
			    field_text("peer", address_text(peer, address))),
		     "Accepted connection from {peer}");
}

static struct field known_flag(const char *name, int flag)
{
	return flag < 0 ? field_null(name) : field_flag(name, flag > 0);
}

/* The option's own number, or words for the one that means none. */
static struct field flush_option_words(int ms, char text[32])
{
	if (ms < 0)
		return text_only(field_null("flush_timeout_option"));
	snprintf(text, 32, ms == NO_FLUSH_TIMEOUT ? "none" : "%d ms", ms);
	return text_only(field_text("flush_timeout_option", text));
}

#define ENCRYPTION "{encrypted:encrypted/not encrypted|encryption unknown}"

void report_connected(const struct report *report, const struct channel *channel,
		      const struct channel_details *negotiated)
{
	char name[ADAPTER_NAME_SIZE];
	char local[ADDRESS_TEXT_SIZE];
	char peer[ADDRESS_TEXT_SIZE];
	char phys[PHY_NAMES_SIZE];
	char option[32];
	const char *role = negotiated->is_central ? "central" : "peripheral";
	bool has_identity = channel_details_know_identity(negotiated);

	address_text(&negotiated->peer, peer);
	report_event(
		report, VERBOSITY_VERBOSE, "connected",
		FIELDS(field_text("adapter", adapter_name(&channel->local, name)),
		       field_text("adapter_address",
				  address_text(&channel->local, local)),
		       text_only(field_text("to", peer)),
		       field_text("peer_identity", has_identity ? peer : NULL),
		       field_text("peer_address_type", peer_address_type(negotiated)),
		       field_count("psm", channel->psm),
		       field_known("source_cid", negotiated->source_cid),
		       field_known("destination_cid", negotiated->destination_cid),
		       field_count("incoming_mtu_bytes", channel->incoming_mtu),
		       field_count("outgoing_mtu_bytes", channel->outgoing_mtu),
		       field_count("largest_sdu_bytes", channel->largest_sdu),
		       field_text("mode", channel_mode_name(channel->mode)),
		       known_flag("fcs", channel_mode_is_numbered(channel->mode)
						 ? channel->fcs
						 : NOT_KNOWN),
		       field_known("incoming_tx_window", negotiated->incoming_tx_window),
		       field_known("incoming_max_transmit",
				   negotiated->incoming_max_transmit),
		       field_known("flush_timeout_option_ms",
				   negotiated->flush_timeout_option_ms),
		       flush_option_words(negotiated->flush_timeout_option_ms, option),
		       field_text("security",
				  security_level_name(negotiated->security_level)),
		       field_known("acl_handle", negotiated->acl_handle),
		       field_text("role", negotiated->is_central < 0 ? NULL : role),
		       known_flag("encrypted", negotiated->is_encrypted),
		       field_known("encryption_key_bytes", negotiated->key_size),
		       field_text("phy", phy_names(negotiated->phys, phys))),
		"channel from {adapter} {adapter_address} to {to}[ "
		"{peer_address_type}], "
		"PSM {psm:psm}: MTU {incoming_mtu_bytes} in, {outgoing_mtu_bytes} out; "
		"mode {mode}[, FCS {fcs:on/off}][, window {incoming_tx_window} in, "
		"max-transmit {incoming_max_transmit} in]; "
		"SDUs of a stream up to {largest_sdu_bytes} bytes\n"
		"channel identifiers {source_cid:x} here, {destination_cid:x} there; "
		"security {security}; flush timeout option {flush_timeout_option}; "
		"link {acl_handle}: role {role}, " ENCRYPTION
		", key size {encryption_key_bytes}, PHY {phy}");
}

void report_security(const struct report *report,
		     const struct channel_details *negotiated)
{
	report_event(report, VERBOSITY_NORMAL, "security",
		     FIELDS(field_text("security",
				       security_level_name(negotiated->security_level)),
			    known_flag("encrypted", negotiated->is_encrypted),
			    field_known("encryption_key_bytes", negotiated->key_size)),
		     "security {security}, " ENCRYPTION
		     ", key size {encryption_key_bytes}");
}

void report_closed(const struct report *report, enum closer closer)
{
	static const struct {
		const char *by, *text;
		int confirmed; /* NOT_KNOWN: the peer was not asked */
	} rows[] = {
		[CLOSED_BY_US] = {"us", "channel closed by us, confirmed by the peer", 1},
		[CLOSED_UNCONFIRMED] = {"us", "channel closed by us, not confirmed", 0},
		[CLOSED_BY_PEER] = {"peer", "channel closed by the peer", NOT_KNOWN},
		[CLOSED_BY_LINK] = {"link", "channel lost with the link", NOT_KNOWN},
	};

	report_event(report, VERBOSITY_VERBOSE, "closed",
		     FIELDS(field_text("by", rows[closer].by),
			    known_flag("confirmed", rows[closer].confirmed)),
		     rows[closer].text);
}

enum exit_status report_loss(const struct report *report, uint64_t count)
{
	char text[128];

	snprintf(text, sizeof(text), "%ju SDU%s lost: the receive buffer was full",
		 (uintmax_t)count, count == 1 ? " was" : "s were");
	report_event(
		report, VERBOSITY_QUIET, "loss",
		FIELDS(field_text("message", text), field_count("sdus_lost", count),
		       field_text("hint",
				  "use --mode=ertm, in which a full buffer stops the "
				  "sender, or a larger --buffer, or raise the limit "
				  "with 'sysctl net.core.rmem_max=67108864'"),
		       field_count("status", STATUS_DATA_LOST)),
		"{message}\nhint: {hint}");
	return STATUS_DATA_LOST;
}

enum exit_status report_command(const struct report *report, int code, bool by_signal)
{
	bool went_well = code == 0 && !by_signal;
	enum exit_status status = went_well ? STATUS_OK : STATUS_LOCAL_FAILURE;
	const char *name = by_signal ? signal_name(code) : NULL;
	char signal[16];
	char text[64];

	if (name)
		snprintf(signal, sizeof(signal), "%s", name);
	else
		snprintf(signal, sizeof(signal), "signal %d", code);
	if (by_signal)
		snprintf(text, sizeof(text), "the command was ended by %s", signal);
	else
		snprintf(text, sizeof(text), "the command ended with status %d", code);
	report_event(report, went_well ? VERBOSITY_NORMAL : VERBOSITY_QUIET, "command",
		     FIELDS(field_known("exit_code", by_signal ? NOT_KNOWN : code),
			    field_text("signal", by_signal ? signal : NULL),
			    field_text("message", text), field_count("status", status)),
		     "{message}");
	return status;
}

/* What moved neither way is said to be sent and received. */
#define SENT	 "sent {sdus_sent:SDU}, {bytes_sent:byte}"
#define RECEIVED "received {sdus_received:SDU}, {bytes_received:byte}"
#define REST                                                                             \
	" in {duration_s:3} s[, {rate_bytes_per_s:kB}/s]; "                              \
	"MTU {incoming_mtu_bytes} in, {outgoing_mtu_bytes} out; {mode}; "                \
	"[{flush_timeout}; ]{reason}[; in {file}]"

void report_summary(const struct report *report, const struct channel *channel,
		    const struct flush_timeout *flush,
		    const struct transfer_result *result, enum exit_status status,
		    const char *reason, const char *file)
{
	char words[FLUSH_WORDS_SIZE];
	double bytes = (double)(result->bytes_sent + result->bytes_received);
	const char *template = SENT ", " RECEIVED REST;

	if (result->sdus_sent && !result->sdus_received)
		template = SENT REST;
	else if (result->sdus_received && !result->sdus_sent)
		template = RECEIVED REST;
	report_event(
		report, VERBOSITY_NORMAL, "summary",
		FIELDS(field_count("sdus_sent", result->sdus_sent),
		       field_count("bytes_sent", result->bytes_sent),
		       field_count("sdus_received", result->sdus_received),
		       field_count("bytes_received", result->bytes_received),
		       field_count("sdus_lost", result->sdus_dropped),
		       field_count("bytes_unwritten", result->bytes_unwritten),
		       field_real("duration_s", result->seconds),
		       /* One that has no time has no rate. */
		       field_real("rate_bytes_per_s", result->seconds > 0
							      ? bytes / result->seconds
							      : HUGE_VAL),
		       field_count("incoming_mtu_bytes", channel->incoming_mtu),
		       field_count("outgoing_mtu_bytes", channel->outgoing_mtu),
		       field_text("mode", channel_mode_name(channel->mode)),
		       text_only(field_text("flush_timeout",
					    flush ? flush_words(flush, words) : NULL)),
		       field_known("flush_timeout_requested_ms",
				   flush ? (int)flush->asked_ms : NOT_KNOWN),
		       field_known("flush_timeout_requested_slots",
				   flush ? flush->asked_slots : NOT_KNOWN),
		       field_known("flush_timeout_actual_slots",
				   flush ? flush->read_slots : NOT_KNOWN),
		       field_known("flushes", flush ? (int)flush->flushes : NOT_KNOWN),
		       field_text("reason", reason), field_text("file", file),
		       field_count("status", status)),
		template);
}

void report_mtu_hint(const struct report *report, const struct channel *channel,
		     const struct transfer_result *result)
{
	enum { FULL_PACKET = 1017, LEAST_SDUS = 500 };
	static const double packets_per_s = 1 / (6 * 625e-6);
	double rate =
		result->seconds > 0 ? (double)result->sdus_sent / result->seconds : 0;

	if (channel->address_type == BDADDR_BREDR && result->sdus_sent >= LEAST_SDUS &&
	    channel->outgoing_mtu < FULL_PACKET && rate > 0.9 * packets_per_s &&
	    rate < 1.1 * packets_per_s &&
	    result->bytes_sent / result->sdus_sent > channel->outgoing_mtu / 2)
		report_notice(report,
			      "the radio sends one SDU in each of its longest packets; "
			      "with 'l2server --mtu=%d' at the peer these may carry up "
			      "to %d %% more",
			      FULL_PACKET,
			      FULL_PACKET * 100 / channel->outgoing_mtu - 100);
}
