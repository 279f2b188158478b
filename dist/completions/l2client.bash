# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Completions of l2client, made from its option tables by dist/completions/generate.

_l2client() {
	local word=$2 option='' how=()
	# bash takes "--mode=ertm" for three words.
	if [[ ${COMP_WORDS[COMP_CWORD]} == = ]]; then
		option=$3 word=''
	elif [[ $3 == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	else
		case $3 in
		-i | --adapter) option=--adapter ;;
		-p | --psm) option=--psm ;;
		-M | --mode) option=--mode ;;
		-m | --mtu) option=--mtu ;;
		-S | --security) option=--security ;;
		-s | --send) option=--send ;;
		-o | --output) option=--output ;;
		-F | --format) option=--format ;;
		-b | --sdu-size) option=--sdu-size ;;
		--expect) option=--expect ;;
		-w | --idle-timeout) option=--idle-timeout ;;
		--hold) option=--hold ;;
		-c | --connect-timeout) option=--connect-timeout ;;
		--retry) option=--retry ;;
		--repeat) option=--repeat ;;
		--generate) option=--generate ;;
		--interval) option=--interval ;;
		--time) option=--time ;;
		-f | --flush-timeout) option=--flush-timeout ;;
		--fcs) option=--fcs ;;
		--tx-window) option=--tx-window ;;
		--max-transmit) option=--max-transmit ;;
		--buffer) option=--buffer ;;
		esac
	fi
	case $option in
	--adapter) how=(-W "$(ls /sys/class/bluetooth 2>/dev/null | grep -x 'hci[0-9]*')") ;;
	--le) how=(-W 'public random') ;;
	--mode) how=(-W 'auto basic ertm streaming ecred') ;;
	--security) how=(-W 'low medium high fips') ;;
	--send) how=(-f) && compopt -o filenames ;;
	--output) how=(-f) && compopt -o filenames ;;
	--format) how=(-W 'raw lines hex') ;;
	--fcs) how=(-W 'on off') ;;
	'') [[ $word != -* ]] || how=(-W '--adapter= --psm= --le --mode= --mtu= --security= --send= --output= --format= --sdu-size= --expect= --idle-timeout= --receive --no-input --hold= --connect-timeout= --retry= --repeat= --generate= --verify --interval= --time= --ping --info --check --flush-timeout= --fcs= --tx-window= --max-transmit= --buffer= --no-channel --progress --verbose --quiet --json --version --help --usage') ;;
	esac
	COMPREPLY=()
	[[ ${how[0]-} ]] || return 0
	mapfile -t COMPREPLY < <(compgen "${how[@]}" -- "$word")
	[[ ${COMPREPLY[0]-} != --*= ]] || compopt -o nospace
}
complete -F _l2client l2client
