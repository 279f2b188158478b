#compdef l2server
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Completions of l2server, made from its option tables by dist/completions/generate.

_l2server_adapters() {
	local -a adapters=(/sys/class/bluetooth/hci<->(N:t))
	compadd -a adapters
}

_arguments -s -S \
	'(-i --adapter)'{-i+,--adapter=}'[local adapter (default\: any)]:hciN|BDADDR:_l2server_adapters' \
	'(-p --psm)'{-p+,--psm=}'[PSM (default\: 0x1001, over LE 0x0080)]:PSM: ' \
	'--le=-[use LE; the type of the server'\''s address]::public|random:(public random)' \
	'(-M --mode)'{-M+,--mode=}'[auto, basic, ertm, streaming; LE\: auto, ecred]:MODE:(auto basic ertm streaming ecred)' \
	'(-m --mtu)'{-m+,--mtu=}'[incoming MTU, 48-65535 (default 672, LE 65535)]:BYTES: ' \
	'(-S --security)'{-S+,--security=}'[required\: low, medium, high or fips]:LEVEL:(low medium high fips)' \
	'(-s --send)'{-s+,--send=}'[send FILE (-\: standard input)]:FILE:_files' \
	'(-o --output)'{-o+,--output=}'[write received data to FILE]:FILE:_files' \
	'(-F --format)'{-F+,--format=}'[raw; in lines and hex, each line is an SDU]:FORMAT:(raw lines hex)' \
	'(-b --sdu-size)'{-b+,--sdu-size=}'[cut a stream into SDUs of BYTES]:BYTES: ' \
	'--expect=[exit with 4 if fewer arrive, with 5 if more]:BYTES: ' \
	'(-w --idle-timeout)'{-w+,--idle-timeout=}'[give up when nothing moves for SEC seconds]:SEC: ' \
	'--hold=[after sending, stay connected for SEC seconds]:SEC: ' \
	'(-k --keep-open)'{-k,--keep-open}'[serve many clients, until interrupted]' \
	'--max-clients=[refuse more than N clients at once]:N: ' \
	'*--allow=[accept only this client (may be repeated)]:BDADDR: ' \
	'(-e --exec)'{-e+,--exec=}'[connect each client to a new COMMAND]:COMMAND:_cmdstring' \
	'--accept-timeout=[give up when no client comes for SEC seconds]:SEC: ' \
	'--ready-fd=[write the PSM to descriptor N when listening]:N: ' \
	'--advertise[LE\: advertise while the server runs]' \
	'--no-defer[LE\: let channels last longer than 40 s]' \
	'--central[ask for the central role on links of clients]' \
	'--generate=[send COUNT numbered SDUs (0\: unlimited)]:COUNT: ' \
	'--verify[check that numbered SDUs arrive in order]' \
	'--interval=[pause for SEC seconds between SDUs]:SEC: ' \
	'--time=[stop sending after SEC seconds]:SEC: ' \
	'--echo[send each SDU back]' \
	'--discard[discard received data]' \
	'--check[only report problems and how to fix them]' \
	'(-f --flush-timeout)'{-f+,--flush-timeout=}'[discard data not sent within MS, 0-1279]:MS: ' \
	'--fcs=[checksum of frames\: ertm, streaming]:on|off:(on off)' \
	'--tx-window=[frames in flight\: ertm, 1-63 (default\: 63)]:N: ' \
	'--max-transmit=[tries of a frame\: ertm, 0-255 (default\: 3)]:N: ' \
	'--buffer=[data to keep for a slow reader (default\: 64M)]:BYTES: ' \
	'--progress=-[show progress; SEC\: a line each period]::SEC: ' \
	'(-v --verbose)'{-v,--verbose}'[print what was negotiated]' \
	'(-q --quiet)'{-q,--quiet}'[print only errors and results]' \
	'--json[print events as JSON, one on a line]' \
	'(-V --version)'{-V,--version}'[print the version]' \
	'(-h --help)'{-h,--help}'[print this help]' \
	'--usage[print the options in brief]' \
	&& return
