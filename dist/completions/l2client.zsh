#compdef l2client
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Completions of l2client, made from its option tables by dist/completions/generate.

_l2client_adapters() {
	local -a adapters=(/sys/class/bluetooth/hci<->(N:t))
	compadd -a adapters
}

_arguments -s -S \
	'(-i --adapter)'{-i+,--adapter=}'[local adapter (default\: any)]:hciN|BDADDR:_l2client_adapters' \
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
	'(-r --receive)'{-r,--receive}'[also print what the server sends]' \
	'(-n --no-input)'{-n,--no-input}'[do not read standard input]' \
	'--hold=[after sending, stay connected for SEC seconds]:SEC: ' \
	'(-c --connect-timeout)'{-c+,--connect-timeout=}'[give up connecting after SEC (default\: 40)]:SEC: ' \
	'--retry=[after a failure, try COUNT times more]:COUNT: ' \
	'--repeat=[connect, send and close COUNT times]:COUNT: ' \
	'--generate=[send COUNT numbered SDUs (0\: unlimited)]:COUNT: ' \
	'--verify[check that numbered SDUs arrive in order]' \
	'--interval=[pause for SEC seconds between SDUs]:SEC: ' \
	'--time=[stop sending after SEC seconds]:SEC: ' \
	'--ping=-[measure round trips to l2server --echo]::COUNT: ' \
	'--info[print the L2CAP features of the peer]' \
	'--check[only report problems and how to fix them]' \
	'(-f --flush-timeout)'{-f+,--flush-timeout=}'[discard data not sent within MS, 0-1279]:MS: ' \
	'--fcs=[checksum of frames\: ertm, streaming]:on|off:(on off)' \
	'--tx-window=[frames in flight\: ertm, 1-63 (default\: 63)]:N: ' \
	'--max-transmit=[tries of a frame\: ertm, 0-255 (default\: 3)]:N: ' \
	'--buffer=[data to keep for a slow reader (default\: 64M)]:BYTES: ' \
	'--no-channel[only set --flush-timeout, of an existing link]' \
	'--progress=-[show progress; SEC\: a line each period]::SEC: ' \
	'(-v --verbose)'{-v,--verbose}'[print what was negotiated]' \
	'(-q --quiet)'{-q,--quiet}'[print only errors and results]' \
	'--json[print events as JSON, one on a line]' \
	'(-V --version)'{-V,--version}'[print the version]' \
	'(-h --help)'{-h,--help}'[print this help]' \
	'--usage[print the options in brief]' \
	'1: :_guard "^-*" "BDADDR[:PSM]"' \
	'2: :_guard "^-*" MESSAGE'
