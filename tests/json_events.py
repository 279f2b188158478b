#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""Reads what the programs print with --json.

json_events.py check FILE...  each line is one JSON object (RFC 8259, strictly: no member
                              twice, no NaN, UTF-8, no control characters, a line break at
                              its end) that the JSON Schema in dist/ allows. Status 1, and
                              a line for each fault.
json_events.py text [FILE]    the same events as the lines of text that the programs print
                              without --json; other lines as they are. What is not an
                              event is shown as "NO EVENT". Standard input without FILE.
json_events.py get FILE EVENT FIELD  that field of each such event, as JSON, on a line.
json_events.py fields         each event that there is and each of its fields, on a line.
json_events.py serve          for each name of a file on a line of standard input: writes
                              its text into FILE.text, and prints a line.
"""

import json
import os
import re
import sys

import jsonschema

SCHEMA = os.path.join(os.path.dirname(__file__), "../dist/l2cap-tools-events.schema.json")
with open(SCHEMA, encoding="utf-8") as schema_file:
    DEFINITIONS = json.load(schema_file)["$defs"]
# Those of a single event: what is wrong with one can be said better than by "oneOf".
EVENTS = {name: definition for name, definition in DEFINITIONS.items()
          if "properties" in definition}
# Distributions of before 2022 have no validator of that draft; what is used of it here is
# the same in draft 7.
VALIDATOR = getattr(jsonschema, "Draft202012Validator", jsonschema.Draft7Validator)
VALIDATORS = {name: VALIDATOR({**definition, "$defs": DEFINITIONS})
              for name, definition in EVENTS.items()}
# What each event may have.
COMMON = ("event", "program", "time_s", "version", "connection", "peer")
# Results, which go to standard output, without the program's name.
RESULTS = ("check", "information", "reply", "overdue", "round_trips")


class Fault(Exception):
    pass


def members(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise Fault("a member is there twice")
    return dict(pairs)


def no_constant(word):
    raise Fault(f"{word} is no JSON")


def parse(line):
    """The event on LINE, bytes with their line break."""
    if not line.endswith(b"}\n"):
        raise Fault("it does not end in } and a line break")
    if re.search(rb"[\x00-\x1f\x7f]", line[:-1]):
        raise Fault("a control character is in it")
    try:
        event = json.loads(line.decode("utf-8"), object_pairs_hook=members,
                           parse_constant=no_constant)
    except (ValueError, UnicodeDecodeError) as error:
        raise Fault(str(error)) from error
    if not isinstance(event, dict):
        raise Fault("it is no object")
    return event


def check(event):
    name = event.get("event")
    if name not in EVENTS:
        raise Fault(f"the event {name!r} is not known")
    for error in VALIDATORS[name].iter_errors(event):
        raise Fault(f"{name}: {error.message}")


def faults(name):
    with open(name, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                check(parse(line))
            except Fault as fault:
                yield f"{name}:{number}: {fault}: {line!r}"


# --- as text ----------------------------------------------------------------------------


def plural(number, word):
    return f"{number} {word}" + ("" if number == 1 else "s")


def known(value, form="{}"):
    return "unknown" if value is None else form.format(value)


def listening(event):
    if event["adapter"] is None:
        where = "any adapter"
    else:
        where = f"{event['adapter']} {event['adapter_address']}"
    yield f"listening on {where}, PSM 0x{event['psm']:04X} ({event['psm']})"


def accepted(event):
    yield f"Accepted connection from {event['peer']}"


ENCRYPTION = {None: "encryption unknown", True: "encrypted", False: "not encrypted"}


def connected(event):
    details = ""
    if event["fcs"] is not None:
        details += ", FCS " + ("on" if event["fcs"] else "off")
    if event["incoming_tx_window"] is not None:
        details += (f", window {event['incoming_tx_window']} in"
                    f", max-transmit {event['incoming_max_transmit']} in")
    peer = event["peer_identity"] or event["peer"]
    if event["peer_address_type"]:
        peer += " " + event["peer_address_type"]
    yield (f"channel from {event['adapter']} {event['adapter_address']} to {peer}, "
           f"PSM 0x{event['psm']:04X} ({event['psm']}): "
           f"MTU {event['incoming_mtu_bytes']} in, {event['outgoing_mtu_bytes']} out; "
           f"mode {event['mode']}{details}; "
           f"SDUs of a stream up to {event['largest_sdu_bytes']} bytes")
    flush = event["flush_timeout_option_ms"]
    yield (f"channel identifiers {known(event['source_cid'], '0x{:04X}')} here, "
           f"{known(event['destination_cid'], '0x{:04X}')} there; "
           f"security {known(event['security'])}; "
           f"flush timeout option {'none' if flush == 0xFFFF else known(flush, '{} ms')}; "
           f"link {known(event['acl_handle'])}: role {known(event['role'])}, "
           f"{ENCRYPTION[event['encrypted']]}, key size {known(event['encryption_key_bytes'])}, "
           f"PHY {known(event['phy'])}")


def security(event):
    yield (f"security {known(event['security'])}, {ENCRYPTION[event['encrypted']]}, "
           f"key size {known(event['encryption_key_bytes'])}")


def flushing(event):
    slots = event["flush_timeout_requested_slots"]
    flushes = event.get("flushes", 0)
    return (f"flush timeout {event['flush_timeout_requested_ms']} ms: {slots} slots "
            f"({f'{slots * 0.625:g} ms' if slots else 'never'}), "
            f"read back {event['flush_timeout_actual_slots']}"
            + (f", flushed {plural(flushes, 'time')}" if flushes else ""))


def flush_timeout(event):
    yield f"{flushing(event)}, for link {event['acl_handle']} of {event['adapter']}"


def closed(event):
    if event["by"] == "us":
        how = "confirmed by the peer" if event["confirmed"] else "not confirmed"
        yield f"channel closed by us, {how}"
    else:
        yield {"peer": "channel closed by the peer", "link": "channel lost with the link"}[event["by"]]


def error(event):
    if event["hint"] is not None and event["status"] == 2:
        yield event["message"] + "; " + event["hint"]
        return
    yield event["message"]
    if event["hint"] is not None:
        yield "hint: " + event["hint"]


def notice(event):
    yield event["message"]


def checked(event):
    yield f"{event['result']}: {event['message']}"
    if event["hint"] is not None:
        yield f"hint: {event['hint']}"


def information(event):
    yield event["name"] + (":" if event["value"] is None else "") + " " + event["message"]


def progress(_):
    return ()


def verified(event):
    bad = {name: event[f"sdus_{name}"] for name in ("missing", "reordered", "repeated", "wrong")}
    if any(bad.values()):
        told = f"{event['sdus_good']} good, " + ", ".join(f"{n} {name}" for name, n in bad.items())
    else:
        told = "all are good"
    gaps = [event[f"gap_{part}_ms"] for part in ("p50", "p90", "p99")] + [event["jitter_ms"]]
    if gaps[0] is not None:
        told += "; time between arrivals p50/p90/p99 {:.3f}/{:.3f}/{:.3f} ms, jitter {:.3f} ms".format(*gaps)
    yield f"verified {event['sdus']} SDUs: {told}"


def reply(event):
    yield (f"{plural(event['length_bytes'], 'byte')} from {event['peer']}: "
           f"seq={event['number']} time={event['round_trip_ms']:.3f} ms")


def overdue(event):
    yield f"no answer yet to seq={event['number']}"


def round_trips(event):
    sent, lost = event["sdus_sent"], event["sdus_lost"]
    times = ""
    if event["minimum_ms"] is not None:
        four = "/".join(f"{event[name + '_ms']:.3f}"
                        for name in ("minimum", "average", "maximum", "deviation"))
        times = (f"; round trip min/avg/max/mdev {four} ms, "
                 f"p50/p90/p99 {event['median_ms']:.3f}/{event['p90_ms']:.3f}/{event['p99_ms']:.3f} ms, "
                 f"jitter {event['jitter_ms']:.3f} ms")
    yield (f"{sent} sent, {event['sdus_answered']} received, {lost} lost "
           f"({lost * 100 / sent if sent else 0:.1f} %), {event['sdus_repeated']} repeated, "
           f"{event['sdus_wrong']} wrong{times}")


def summary(event):
    amounts = []
    for verb, other in (("sent", "received"), ("received", "sent")):
        if event[f"sdus_{verb}"] or not event[f"sdus_{other}"]:
            amounts.append(f"{verb} {plural(event[f'sdus_{verb}'], 'SDU')}, "
                           f"{plural(event[f'bytes_{verb}'], 'byte')}")
    rate = event["rate_bytes_per_s"]
    yield (f"{', '.join(amounts)} in {event['duration_s']:.3f} s"
           + ("" if rate is None else f", {rate / 1000:.1f} kB/s")
           + f"; MTU {event['incoming_mtu_bytes']} in, {event['outgoing_mtu_bytes']} out; "
           f"{event['mode']}; "
           + ("" if event["flush_timeout_requested_slots"] is None else flushing(event) + "; ")
           + event["reason"] + ("" if event["file"] is None else "; in " + event["file"]))


LINES = {
    "listening": listening,
    "accepted": accepted,
    "connected": connected,
    "security": security,
    "flush_timeout": flush_timeout,
    "closed": closed,
    "loss": error,
    "command": notice,
    "error": error,
    "notice": notice,
    "check": checked,
    "information": information,
    "progress": progress,
    "finding": notice,
    "verified": verified,
    "reply": reply,
    "overdue": overdue,
    "round_trips": round_trips,
    "summary": summary,
}


def escaped(line):
    """LINE with control characters as \\xNN, byte by byte."""
    def numbers(match):
        return "".join(f"\\x{byte:02X}" for byte in match[0].encode())
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", numbers, line)


def as_text(line):
    if not line.startswith(b"{"):
        return line
    try:
        event = parse(line)
        check(event)
    except Fault as fault:
        return f"NO EVENT ({fault}): ".encode() + line
    about = "" if event["event"] in RESULTS else f"{event['program']}: "
    if "connection" in event and event["event"] != "accepted":
        about += f"{event['peer']} ({event['connection']}): "
    return "".join(f"{about}{escaped(told)}\n"
                   for told in LINES[event["event"]](event)).encode()


def file_as_text(file):
    return b"".join(map(as_text, file))


def main(action, *names):
    if action == "check" and names:
        found = [fault for name in names for fault in faults(name)]
        for fault in found:
            print(fault)
        return 1 if found else 0
    if action == "text" and len(names) <= 1:
        with open(names[0] if names else 0, "rb") as file:
            sys.stdout.buffer.write(file_as_text(file))
        return 0
    if action == "get" and len(names) == 3:
        with open(names[0], "rb") as file:
            for event in map(parse, file):
                if event["event"] == names[1]:
                    print(json.dumps(event.get(names[2])))
        return 0
    if action == "fields" and not names:
        for name, definition in EVENTS.items():
            for field in definition["properties"]:
                if field not in COMMON or (name == "accepted" and field in ("connection", "peer")):
                    print(name, field)
        return 0
    if action == "serve" and not names:
        for name in sys.stdin:
            with open(name.rstrip("\n"), "rb") as file, open(name.rstrip("\n") + ".text", "wb") as told:
                told.write(file_as_text(file))
            print(flush=True)
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else main(""))
