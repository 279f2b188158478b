// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/report.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/adapter.h"
#include "report/diagnostics.h"
#include "report/report_line.h"
#include "report/signal_name.h"

bool report_tells(const struct report *report, enum verbosity verbosity)
{
	return verbosity <= report->verbosity ||
	       (report->json && report->verbosity != VERBOSITY_QUIET);
}

void report_event(const struct report *report, enum verbosity verbosity,
		  const char *event, const struct json_field *fields, const char *format,
		  ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	if (!report_tells(report, verbosity))
		return;
	if (report->json) {
		report_json_line(report, event, fields);
		return;
	}
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	report_text_line(report, "", text);
}

void report_notice(const struct report *report, const char *format, ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	report_event(report, VERBOSITY_NORMAL, "notice",
		     JSON_FIELDS(json_text("message", text)), "%s", text);
}

/* --- waiting for standard error ------------------------------------------------------
 */

static void tell_lost(const struct report *report, uint64_t lost)
{
	if (lost)
		report_notice(report,
			      "%ju lines are missing here: standard error was not read",
			      (uintmax_t)lost);
}

int report_prepare(struct event_loop *loop)
{
	return diagnostics_prepare(loop);
}

void report_serve(const struct report *report)
{
	tell_lost(report, diagnostics_serve());
}

void report_finish(const struct report *report, const struct interruption *interruption)
{
	tell_lost(report, diagnostics_finish(interruption));
}

/* --- errors ------------------------------------------------------------------------- */

/* REASON and HINT may be NULL. */
static enum exit_status tell_error(const struct report *report, enum exit_status status,
				   const char *message, const char *reason,
				   const char *hint)
{
	if (report->json) {
		report_json_line(report, "error",
				 JSON_FIELDS(json_text("message", message),
					     json_text("reason", reason),
					     json_text("hint", hint),
					     json_count("status", status)));
		return status;
	}
	report_text_line(report, "", message);
	/* Where to find help is no more than the usual word. */
	if (hint)
		report_text_line(report, status == STATUS_USAGE ? "" : "hint: ", hint);
	return status;
}

enum exit_status report_error(const struct report *report, enum exit_status status,
			      const char *format, ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return tell_error(report, status, text, NULL, NULL);
}

enum exit_status report_error_with_hint(const struct report *report,
					enum exit_status status, const char *hint,
					const char *format, ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return tell_error(report, status, text, NULL, hint);
}

enum exit_status report_failure(const struct report *report, enum failed_step step,
				int error, const char *attempt, ...)
{
	struct explanation explanation = explain_error(step, error);
	const char *reason =
		explanation.reason ? explanation.reason : strerror(abs(error));
	const char *hint = explanation.hint;
	char hint_text[512];
	char text[REPORT_TEXT_SIZE] = "cannot ";
	size_t length = strlen(text);
	va_list arguments;

	va_start(arguments, attempt);
	vsnprintf(text + length, sizeof(text) - length, attempt, arguments);
	va_end(arguments);
	length = strlen(text);
	snprintf(text + length, sizeof(text) - length, ": %s", reason);
	if (hint && strstr(hint, "%s")) {
		snprintf(hint_text, sizeof(hint_text), hint, report->program);
		hint = hint_text;
	}
	return tell_error(report, explanation.status, text, reason, hint);
}

enum exit_status report_loss(const struct report *report, uint64_t count)
{
	static const char hint[] =
		"use --mode=ertm, in which a full buffer stops the sender, or a larger "
		"--buffer, or raise the limit with 'sysctl net.core.rmem_max=67108864'";
	char text[128];

	snprintf(text, sizeof(text), "%ju SDU%s lost: the receive buffer was full",
		 (uintmax_t)count, count == 1 ? " was" : "s were");
	if (!report->json)
		return tell_error(report, STATUS_DATA_LOST, text, NULL, hint);
	report_json_line(report, "loss",
			 JSON_FIELDS(json_text("message", text),
				     json_count("sdus_lost", count),
				     json_text("hint", hint),
				     json_count("status", STATUS_DATA_LOST)));
	return STATUS_DATA_LOST;
}

/* --- connections -------------------------------------------------------------------- */

void report_listening(const struct report *report, const struct channel *listener)
{
	bool any = bacmp(&listener->local, BDADDR_ANY) == 0;
	char name[ADAPTER_NAME_SIZE];
	char address[ADDRESS_TEXT_SIZE];

	adapter_name(&listener->local, name);
	address_text(&listener->local, address);
	report_event(report, VERBOSITY_NORMAL, "listening",
		     JSON_FIELDS(json_text("adapter", any ? NULL : name),
				 json_text("adapter_address", any ? NULL : address),
				 json_count("psm", listener->psm)),
		     "listening on %s%s%s, PSM 0x%04X (%u)", any ? "any adapter" : name,
		     any ? "" : " ", any ? "" : address, listener->psm, listener->psm);
}

void report_accepted(const struct report *report, const bdaddr_t *peer,
		     unsigned int number)
{
	char address[ADDRESS_TEXT_SIZE];

	address_text(peer, address);
	report_event(
		report, VERBOSITY_NORMAL, "accepted",
		JSON_FIELDS(json_count("connection", number), json_text("peer", address)),
		"Accepted connection from %s", address);
}

/* NUMBER by FORMAT, which has one %d or the like in it. Returns TEXT. */
enum { NUMBER_TEXT_SIZE = 32 };

static const char *known(char text[NUMBER_TEXT_SIZE], const char *format, int number)
	__attribute__((format(printf, 2, 0)));

static const char *known(char text[NUMBER_TEXT_SIZE], const char *format, int number)
{
	if (number < 0)
		return "unknown";
	snprintf(text, NUMBER_TEXT_SIZE, format, number);
	return text;
}

static struct json_field known_flag(const char *name, int flag)
{
	return flag < 0 ? json_null(name) : json_flag(name, flag > 0);
}

/* A name for what is 0, 1 or not known: NULL. */
static const char *either(int flag, const char *no, const char *yes)
{
	if (flag < 0)
		return NULL;
	return flag ? yes : no;
}

static const char *or_unknown(const char *name)
{
	return name ? name : "unknown";
}

static const char *encryption_text(const struct negotiated *negotiated)
{
	return negotiated->is_encrypted < 0
		     ? "encryption unknown"
		     : either(negotiated->is_encrypted, "not encrypted", "encrypted");
}

/* ", FCS on, window 63 in, max-transmit 3 in", as far as the mode has it. */
static const char *mode_details(const struct channel *channel,
				const struct negotiated *negotiated, char *text,
				size_t size)
{
	int length = 0;

	*text = '\0';
	if (channel_mode_is_numbered(channel->mode))
		length = snprintf(text, size, ", FCS %s", channel->fcs ? "on" : "off");
	if (negotiated->incoming_tx_window >= 0)
		snprintf(text + length, size - (size_t)length,
			 ", window %d in, max-transmit %d in",
			 negotiated->incoming_tx_window,
			 negotiated->incoming_max_transmit);
	return text;
}

static void tell_channel(const struct report *report, const struct channel *channel,
			 const struct negotiated *negotiated)
{
	char name[ADAPTER_NAME_SIZE];
	char local[ADDRESS_TEXT_SIZE];
	char peer[ADDRESS_TEXT_SIZE];
	char details[128];
	char text[REPORT_TEXT_SIZE];
	const char *type = peer_address_type(negotiated);

	snprintf(text, sizeof(text),
		 "channel from %s %s to %s%s%s, PSM 0x%04X (%u): MTU %u in, %u out; "
		 "mode %s%s; SDUs of a stream up to %zu bytes",
		 adapter_name(&channel->local, name),
		 address_text(&channel->local, local),
		 address_text(&negotiated->peer, peer), type ? " " : "", type ? type : "",
		 channel->psm, channel->psm, channel->incoming_mtu, channel->outgoing_mtu,
		 channel_mode_name(channel->mode),
		 mode_details(channel, negotiated, details, sizeof(details)),
		 channel->largest_sdu);
	report_text_line(report, "", text);
}

static void tell_link(const struct report *report, const struct negotiated *negotiated)
{
	char numbers[5][NUMBER_TEXT_SIZE];
	char phys[PHY_NAMES_SIZE];
	char text[REPORT_TEXT_SIZE];

	snprintf(
		text, sizeof(text),
		"channel identifiers %s here, %s there; security %s; flush timeout "
		"option %s; link %s: role %s, %s, key size %s, PHY %s",
		known(numbers[0], "0x%04X", negotiated->source_cid),
		known(numbers[1], "0x%04X", negotiated->destination_cid),
		or_unknown(security_level_name(negotiated->security_level)),
		negotiated->flush_timeout_option_ms == NO_FLUSH_TIMEOUT
			? "none"
			: known(numbers[2], "%d ms", negotiated->flush_timeout_option_ms),
		known(numbers[3], "%d", negotiated->acl_handle),
		or_unknown(either(negotiated->is_central, "peripheral", "central")),
		encryption_text(negotiated),
		known(numbers[4], "%d", negotiated->key_size),
		or_unknown(phy_names(negotiated->phys, phys)));
	report_text_line(report, "", text);
}

static void tell_connected(const struct report *report, const struct channel *channel,
			   const struct negotiated *negotiated)
{
	char name[ADAPTER_NAME_SIZE];
	char local[ADDRESS_TEXT_SIZE];
	char peer[ADDRESS_TEXT_SIZE];
	char phys[PHY_NAMES_SIZE];
	const struct json_field fcs = channel_mode_is_numbered(channel->mode)
					    ? json_flag("fcs", channel->fcs)
					    : json_null("fcs");

	report_json_line(
		report, "connected",
		JSON_FIELDS(
			json_text("adapter", adapter_name(&channel->local, name)),
			json_text("adapter_address",
				  address_text(&channel->local, local)),
			json_text("peer_identity",
				  negotiated_knows_identity(negotiated)
					  ? address_text(&negotiated->peer, peer)
					  : NULL),
			json_text("peer_address_type", peer_address_type(negotiated)),
			json_count("psm", channel->psm),
			json_known("source_cid", negotiated->source_cid),
			json_known("destination_cid", negotiated->destination_cid),
			json_count("incoming_mtu_bytes", channel->incoming_mtu),
			json_count("outgoing_mtu_bytes", channel->outgoing_mtu),
			json_count("largest_sdu_bytes", channel->largest_sdu),
			json_text("mode", channel_mode_name(channel->mode)), fcs,
			json_known("incoming_tx_window", negotiated->incoming_tx_window),
			json_known("incoming_max_transmit",
				   negotiated->incoming_max_transmit),
			json_known("flush_timeout_option_ms",
				   negotiated->flush_timeout_option_ms),
			json_text("security",
				  security_level_name(negotiated->security_level)),
			json_known("acl_handle", negotiated->acl_handle),
			json_text("role", either(negotiated->is_central, "peripheral",
						 "central")),
			known_flag("encrypted", negotiated->is_encrypted),
			json_known("encryption_key_bytes", negotiated->key_size),
			json_text("phy", phy_names(negotiated->phys, phys))));
}

void report_connected(const struct report *report, const struct channel *channel,
		      const struct negotiated *negotiated)
{
	if (!report_tells(report, VERBOSITY_VERBOSE))
		return;
	if (report->json) {
		tell_connected(report, channel, negotiated);
		return;
	}
	tell_channel(report, channel, negotiated);
	tell_link(report, negotiated);
}

void report_security(const struct report *report, const struct negotiated *negotiated)
{
	char key[NUMBER_TEXT_SIZE];
	const char *level = security_level_name(negotiated->security_level);

	report_event(
		report, VERBOSITY_NORMAL, "security",
		JSON_FIELDS(json_text("security", level),
			    known_flag("encrypted", negotiated->is_encrypted),
			    json_known("encryption_key_bytes", negotiated->key_size)),
		"security %s, %s, key size %s", or_unknown(level),
		encryption_text(negotiated), known(key, "%d", negotiated->key_size));
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
		     JSON_FIELDS(by_signal ? json_null("exit_code")
					   : json_count("exit_code", (unsigned int)code),
				 json_text("signal", by_signal ? signal : NULL),
				 json_text("message", text),
				 json_count("status", status)),
		     "%s", text);
	return status;
}

/* --- the flush timeout -------------------------------------------------------------- */

enum { FLUSH_TEXT_SIZE = 160 };

/* "flush timeout 1 ms: 2 slots (1.25 ms), read back 2, flushed 3 times" */
static const char *flush_text(const struct flush_timeout *flush,
			      char text[FLUSH_TEXT_SIZE])
{
	char slots[NUMBER_TEXT_SIZE] = "never";
	char flushed[NUMBER_TEXT_SIZE] = "";

	if (flush->asked_slots)
		snprintf(slots, sizeof(slots), "%g ms",
			 flush_timeout_ms(flush->asked_slots));
	if (flush->flushes)
		snprintf(flushed, sizeof(flushed), ", flushed %u time%s", flush->flushes,
			 flush->flushes == 1 ? "" : "s");
	snprintf(text, FLUSH_TEXT_SIZE,
		 "flush timeout %u ms: %d slots (%s), read back %d%s", flush->asked_ms,
		 flush->asked_slots, slots, flush->read_slots, flushed);
	return text;
}

void report_flush_timeout(const struct report *report, enum verbosity verbosity,
			  const struct flush_timeout *flush)
{
	char adapter[ADAPTER_NAME_SIZE];
	char text[FLUSH_TEXT_SIZE];

	snprintf(adapter, sizeof(adapter), "hci%u", flush->link.adapter);
	report_event(
		report, verbosity, "flush_timeout",
		JSON_FIELDS(json_count("flush_timeout_asked_ms", flush->asked_ms),
			    json_known("flush_timeout_slots", flush->asked_slots),
			    json_known("flush_timeout_read_slots", flush->read_slots),
			    json_count("acl_handle", flush->link.handle),
			    json_text("adapter", adapter)),
		"%s, for link %u of %s", flush_text(flush, text), flush->link.handle,
		adapter);
	if (flush->asked_slots && !flush->link.has_unflushable)
		report_notice(report,
			      "warning: %s has no packets that are never flushed: those "
			      "of other programs on this link can be lost, too",
			      adapter);
}

/* " of hci1, which answers 0x0C Command Disallowed" */
static void tell_controller(const struct flush_timeout *flush, int error, char *text,
			    size_t size)
{
	const char *name = hci_status_name(flush->hci_status);
	size_t length = 0;

	text[0] = '\0';
	if (flush->link.adapter != NO_ADAPTER)
		length = (size_t)snprintf(text, size, " of hci%u", flush->link.adapter);
	if (error == -EREMOTEIO)
		snprintf(text + length, size - length, ", which answers 0x%02X%s%s",
			 flush->hci_status, name ? " " : "", name ? name : "");
	else if (error == -EBADMSG && flush->read_slots == FLUSH_TIMEOUT_UNKNOWN)
		snprintf(text + length, size - length, ", which tells no value");
	else if (error == -EBADMSG)
		snprintf(text + length, size - length,
			 ", which has %d slots in place of %d", flush->read_slots,
			 flush->asked_slots);
}

enum exit_status report_flush_failure(const struct report *report,
				      const struct flush_timeout *flush, int error,
				      bool limit_is_users)
{
	char controller[112];

	tell_controller(flush, error, controller, sizeof(controller));
	return report_failure(report,
			      error == -ETIMEDOUT && limit_is_users
				      ? STEP_FLUSH_TIMEOUT_IN_TIME
				      : STEP_FLUSH_TIMEOUT,
			      error, "set the flush timeout to %u ms in the controller%s",
			      flush->asked_ms, controller);
}

enum exit_status report_flushes(const struct report *report,
				const struct flush_timeout *flush)
{
	return report_error_with_hint(
		report, STATUS_DATA_LOST,
		"use a longer --flush-timeout, 0 for never, or --mode=ertm "
		"--max-transmit=0, in which what was flushed is sent again",
		"packets of this link were flushed %u time%s: what was sent may not all "
		"have arrived",
		flush->flushes, flush->flushes == 1 ? "" : "s");
}

void report_closed(const struct report *report, enum closer closer)
{
	static const struct {
		const char *by, *text;
		int confirmed; /* NOT_KNOWN: nobody was asked */
	} rows[] = {
		[CLOSED_BY_US] = {"us", "closed by us, confirmed by the peer", 1},
		[CLOSED_UNCONFIRMED] = {"us", "closed by us, not confirmed", 0},
		[CLOSED_BY_PEER] = {"peer", "closed by the peer", NOT_KNOWN},
		[CLOSED_BY_LINK] = {"link", "lost with the link", NOT_KNOWN},
	};

	report_event(report, VERBOSITY_VERBOSE, "closed",
		     JSON_FIELDS(json_text("by", rows[closer].by),
				 known_flag("confirmed", rows[closer].confirmed)),
		     "channel %s", rows[closer].text);
}

/* "1 SDU, 7 bytes" */
static int print_amount(char *text, size_t size, const char *verb, uint64_t sdus,
			uint64_t bytes)
{
	return snprintf(text, size, "%s %ju SDU%s, %ju byte%s", verb, (uintmax_t)sdus,
			sdus == 1 ? "" : "s", (uintmax_t)bytes, bytes == 1 ? "" : "s");
}

void report_progress(const struct report *report, const struct json_field *fields,
		     const char *text)
{
	if (report->json)
		report_event(report, VERBOSITY_NORMAL, "progress", fields, "%s", "");
	else if (report->progress_shown && report_tells(report, VERBOSITY_NORMAL))
		report_passing_line(report, text);
}

void report_summary(const struct report *report, const struct channel *channel,
		    const struct flush_timeout *flush,
		    const struct transfer_result *result, enum exit_status status,
		    const char *why, const char *file)
{
	char flushing[FLUSH_TEXT_SIZE];
	char sent[128] = "";
	char received[128] = "";
	char rate[64] = "";
	const char *mode = channel_mode_name(channel->mode);
	double bytes = (double)(result->bytes_sent + result->bytes_received);
	/* One that has no time has no rate: null. */
	double bytes_per_s = result->seconds > 0 ? bytes / result->seconds : HUGE_VAL;

	if (result->sdus_sent || !result->sdus_received)
		print_amount(sent, sizeof(sent), "sent", result->sdus_sent,
			     result->bytes_sent);
	if (result->sdus_received || !result->sdus_sent)
		print_amount(received, sizeof(received), "received",
			     result->sdus_received, result->bytes_received);
	if (result->seconds > 0)
		snprintf(rate, sizeof(rate), ", %.1f kB/s", bytes_per_s / 1000);
	report_event(report, VERBOSITY_NORMAL, "summary",
		     JSON_FIELDS(json_count("sdus_sent", result->sdus_sent),
				 json_count("bytes_sent", result->bytes_sent),
				 json_count("sdus_received", result->sdus_received),
				 json_count("bytes_received", result->bytes_received),
				 json_count("sdus_lost", result->sdus_dropped),
				 json_count("bytes_unwritten", result->bytes_unwritten),
				 json_real("duration_s", result->seconds),
				 json_real("rate_bytes_per_s", bytes_per_s),
				 json_count("incoming_mtu_bytes", channel->incoming_mtu),
				 json_count("outgoing_mtu_bytes", channel->outgoing_mtu),
				 json_text("mode", mode),
				 json_known("flush_timeout_asked_ms",
					    flush ? (int)flush->asked_ms : NOT_KNOWN),
				 json_known("flush_timeout_slots",
					    flush ? flush->asked_slots : NOT_KNOWN),
				 json_known("flush_timeout_read_slots",
					    flush ? flush->read_slots : NOT_KNOWN),
				 json_known("flushes",
					    flush ? (int)flush->flushes : NOT_KNOWN),
				 json_text("why", why), json_text("file", file),
				 json_count("status", status)),
		     "%s%s%s in %.3f s%s; MTU %u in, %u out; %s; %s%s%s%s%s", sent,
		     *sent && *received ? ", " : "", received, result->seconds, rate,
		     channel->incoming_mtu, channel->outgoing_mtu, mode,
		     flush ? flush_text(flush, flushing) : "", flush ? "; " : "", why,
		     file ? "; in " : "", file ? file : "");
}
