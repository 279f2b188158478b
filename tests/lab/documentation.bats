# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# The examples of README.md and of the manuals, run as they are printed there.
#
# An example has a name: in README.md after the language of its block (```sh NAME), in
# a manual in a comment (.\" example NAME) before its .Bd -literal. In the examples
# 01:23:45:67:89:AB stands for the server's address. The client finds by itself which of
# the laboratory's two adapters can reach it. Over the relay, as some are about bad links.
load lab

others_tell=yes
project=$BATS_TEST_DIRNAME/../..
readme=$project/README.md
server_manual=$project/man/l2server.1
client_manual=$project/man/l2client.1
events_manual=$project/man/l2cap-tools-events.5
examples=$project/tests/examples

# Every line of every block of DOCUMENT, as NAME, tab, line; a block without name is "-".
blocks() { # DOCUMENT
	awk '
		/^```/ { inside = !inside; name = inside && $2 ? $2 : "-"; next }
		/^\.\\" example / { pending = $3; next }
		/^\.Bd -literal/ { inside = 1; name = pending ? pending : "-"; next }
		/^\.Ed/ { inside = 0; pending = ""; next }
		/^\.(Dl|D1) / { print "-\t" substr($0, 5); next }
		inside { print name "\t" $0 }' "$1" |
		if [[ $1 == *.[1-8] ]]; then
			sed -e 's/\\-/-/g' -e "s/\\\\(aq/'/g" -e 's/\\e/\\/g'
		else
			cat
		fi
}

# Writes the example NAME of DOCUMENT to the file NAME.
example() { # DOCUMENT NAME
	blocks "$1" | awk -F '\t' -v name="$2" '
		$1 == name { print substr($0, length(name) + 2) }' |
		sed "s/01:23:45:67:89:AB/$L2_HCI0/g" >"$2"
	[[ -s $2 ]] || {
		echo "${1##*/} has no example $2"
		return 1
	}
}

# serve DOCUMENT NAME [ARGUMENT...]: in the folder "server", until it listens, which it
# prints in server.err unless $told says where. The example has a process group of its own.
serve() {
	example "$1" "$2"
	sed -i "s/${without:-nothing that an example has}//" "$2"
	mkdir -p server
	rm -f server.err server.out # of the server before
	setsid env -C server PATH="${l2server%/*}:$PATH" bash "../$2" "${@:3}" \
		>server.out 2>server.err 3>&- &
	server_pid=$!
	wait_for_line listening "${told:-server.err}"
}

# The shell of the example ends first, the server has the PSM a moment longer.
end_served() {
	kill -TERM -- "-$server_pid"
	wait_for_server
	has_ended() { ! kill -0 -- "-$server_pid" 2>/dev/null; }
	wait_for "the end of the server" has_ended
}

# request DOCUMENT NAME [ARGUMENT...]: in the folder "client", its status in $status.
request() {
	example "$1" "$2"
	mkdir -p client
	status env -C client PATH="${l2client%/*}:$PATH" bash "../$2" "${@:3}" \
		>client.out 2>client.err 3>&-
}

# serve_script NAME [ARGUMENT...] and request_script NAME [ARGUMENT...]: the same of a script of
# tests/examples.
serve_script() {
	mkdir -p server
	rm -f server.err server.out
	setsid env -C server PATH="${l2server%/*}:$PATH" "$examples/$1" "${@:2}" \
		>server.out 2>server.err 3>&- &
	server_pid=$!
	wait_for_line listening server.err
}

request_script() {
	mkdir -p client
	status env -C client PATH="${l2client%/*}:$PATH" "$examples/$1" "${@:2}" \
		>client.out 2>client.err 3>&-
}

# The laboratory's user is root already, and may have no sudo.
allow_sudo() {
	sudo() { "$@"; }
	export -f sudo
}

@test "README: hello" {
	serve "$readme" hello-server
	request "$readme" hello-client
	expect_statuses 0 0
	expect output "$(cat server.out)" 'hello!!'
}

# The text of a picture, without what differs from run to run.
words_of() { # SVG
	sed -n 's/^<text [^>]*>\(.*\)<\/text>$/\1/p' "$1" | tr '\n' ' ' |
		sed -E 's/([0-9A-F]{2}:){5}[0-9A-F]{2}/BDADDR/g; s/[0-9.]+ s(, [0-9.]+ kB\/s)?/TIME/g; s/ +/ /g'
}

@test "README: the picture is what the programs print" {
	PATH="${l2server%/*}:$PATH" L2_BUILD=${l2server%/*} "$project/tests/lab/picture" >picture.svg
	expect "the words of the picture" "$(words_of "$project/dist/hello.svg")" "$(words_of picture.svg)"
}

@test "README: a file" {
	mkdir client
	random_file client/photo.jpg 300000
	serve "$readme" file-server
	request "$readme" file-client
	expect_statuses 0 0
	cmp client/photo.jpg server/photo.jpg
}

@test "README: a directory" {
	mkdir -p client/there/below
	random_file client/there/below/large 500000
	echo small >client/there/small
	serve "$readme" directory-server
	request "$readme" directory-client
	wait_for_server
	expect "client's status" "$status" 0
	diff -r client/there server/there
}

# The PSM is the one that the receiver prints.
send_directory() { # DIRECTORY
	local psm
	wait_for_line 'ready:' server.err
	psm=$(sed -n 's/^ready: .*BDADDR:\([0-9]*\)$/\1/p' server.err)
	request_script send-directory "$1" "$L2_HCI0:$psm"
}

@test "examples: a directory, whole or with a status at both ends" {
	mkdir -p client/there/below
	random_file client/there/below/large 500000
	echo small >client/there/small
	serve_script receive-directory here
	send_directory there
	expect_statuses 0 0
	diff -r client/there server/here
	serve_script receive-directory here
	send_directory missing
	expect_statuses 1 1
	expect_line 'not complete' client.err
	expect_line 'not complete' server.err
}

@test "examples: a log that is mirrored" {
	mkdir -p client
	printf 'one\ntwo\n' >client/log
	serve_script collect-logs logs
	env -C client PATH="${l2client%/*}:$PATH" INTERVAL=1 "$examples/mirror-log" log "$L2_HCI0" \
		2>client.err 3>&- &
	client_pid=$!
	wait_for_size 8 "server/logs/${L2_HCI1//:/-}.log"
	echo three >>client/log
	wait_for_size 14 "server/logs/${L2_HCI1//:/-}.log"
	kill "$client_pid"
	wait_for_client
	end_served
	cmp client/log "server/logs/${L2_HCI1//:/-}.log"
}

@test "examples: request and reply" {
	serve_script answer
	request_script ask "$L2_HCI0" load
	expect "client's status" "$status" 0
	expect_line '/' client.out
	request_script ask "$L2_HCI0" nonsense
	expect answer "$(cat client.out)" 'unknown request: nonsense'
	end_served
}

@test "examples: an upload that tries again" {
	mkdir -p client
	random_file client/file 100000
	env -C client PATH="${l2client%/*}:$PATH" PAUSE=1 "$examples/upload" file "$L2_HCI0" \
		2>client.err 3>&- &
	client_pid=$!
	wait_for_line 'attempt 1 ended with status 3' client.err
	start_server
	wait_for_client
	wait_for_server
	expect "client's status" "$status" 0
	cmp client/file server.out
	request_script upload missing "$L2_HCI0"
	expect "status without a file" "$status" 1
}

# The radio is that of two usual adapters: what is printed is what they could publish.
accepts() { # SERVERS PASSED RADIO [le]
	local servers
	mkdir -p server client
	relay radio hci0 "$3"
	relay radio hci1 "$3"
	setsid env -C server PATH="${l2server%/*}:$PATH" "$examples/acceptance" serve "${@:4}" \
		>server.out 2>server.err 3>&- &
	server_pid=$!
	servers=$1
	all_listen() { (($(grep -c '"listening"' <server/acceptance.json) == servers)); }
	wait_for "the servers" all_listen
	SECONDS_EACH=3 request_script acceptance "$L2_HCI0" "${@:4}"
	sed -n 's/^| rate/# &/p' client.out >&3
	expect "status" "$status" 0
	expect "tests that passed" "$(grep -c ' | pass | ' client.out)" "$2"
	"$json_events" check client/acceptance.json server/acceptance.json
	kill -TERM "$server_pid"
	wait "$server_pid" || true
	expect_line ', 0 with another one' server.out
}

@test "examples: acceptance of two machines" {
	accepts 4 15 3-DH
	SECONDS_EACH=1 request_script acceptance "$L2_HCI0"
	expect "status without a server" "$status" 1
	expect_line 'FAIL, status 3' client.out
}

@test "examples: acceptance of two machines, over LE" {
	le_air
	accepts 3 8 LE-2M le
}

@test "README: many clients" {
	serve "$readme" many-server
	status client "$L2_HCI0" one
	expect "client's status" "$status" 0
	status client "$L2_HCI0" two
	expect "client's status" "$status" 0
	wait_for "the second file" test -e "server/${L2_HCI1//:/-}-2.log"
	expect "first file" "$(cat "server/${L2_HCI1//:/-}-1.log")" one
	expect "second file" "$(cat "server/${L2_HCI1//:/-}-2.log")" two
	end_served
}

# Of a server that says hello to each client, which is ended then.
expect_answers() {
	request "$readme" answer-client
	expect "client's status" "$status" 0
	expect answer "$(cat client.out)" 'Hello, Ada.'
	end_served
}

@test "README and l2server.1: a command for each client" {
	serve "$readme" exec-server
	expect_answers
	serve "$server_manual" answer
	expect_answers
}

keys() {
	tmux -S tmux send-keys -t shell "$@"
}

on_screen() { # TEXT
	is_on_screen() { tmux -S tmux capture-pane -p -t shell | grep -F -- "$1" >/dev/null; }
	wait_for "'$1' on the screen" is_on_screen "$1" || {
		tmux -S tmux capture-pane -p -t shell
		return 1
	}
}

# shell-client in a terminal of 24 lines. $PS1 is the far shell's.
in_a_terminal() {
	env PATH="${l2client%/*}:$PATH" tmux -S tmux -f /dev/null new-session -d -s shell -x 80 -y 24 \
		"bash $examples/shell-client $L2_HCI0; read -r _" 3>&- 8>&-
}

# The relay's controllers do not pair: that high is reached, security.bats shows.
serve_shell() {
	sed 's/ --security=high//' "$examples/shell-server" >shell-server
	chmod +x shell-server
	examples=$PWD serve_script shell-server "$L2_HCI1"
}

@test "examples: a shell on the other machine, with vi" {
	serve_shell
	in_a_terminal
	on_screen '#'
	# The terminal there does not know how large the one here is, nor of which kind.
	keys 'export TERM=xterm; stty rows 24 cols 80; clear' Enter
	# shellcheck disable=SC2016 # for the far shell
	keys 'echo $((6 * 7))' Enter
	on_screen 42
	keys 'vi letter' Enter
	on_screen '"letter"' # vi's own last line; the command and the prompt have no such thing
	keys i 'Dear peer,' Enter 'this went over L2CAP.' Escape
	on_screen 'this went over L2CAP.'
	keys ':wq' Enter
	on_screen 42 # what was there before: vi has gone, and takes no more of what is typed
	keys 'clear; exit' Enter
	on_screen 'the shell exited with status 0'
	tmux -S tmux kill-server
	wait_for_server
	expect "server's status" "$server_status" 0
	expect "the letter" "$(cat server/letter)" $'Dear peer,\nthis went over L2CAP.'
}

@test "README: Low Energy" {
	allow_sudo
	manage 0 le on
	manage 1 le on
	serve "$readme" le-server
	request "$readme" le-client
	expect_statuses 0 0
	expect output "$(cat server.out)" 'hello!!'
}

@test "l2server.1: print" {
	serve "$server_manual" print
	status client "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect output "$(cat server.out)" 'hello!!'
}

@test "l2server.1: file" {
	random_file sent 300000
	serve "$server_manual" file
	status client --send=sent "$L2_HCI0"
	expect_statuses 0 0
	cmp sent server/photo.jpg
}

@test "l2server.1: gather" {
	serve "$server_manual" gather
	status client "$L2_HCI0" one
	expect "client's status" "$status" 0
	status client "$L2_HCI0" two
	expect "client's status" "$status" 0
	wait_for_size 8 server/log
	end_served
	expect output "$(cat server/log)" $'one\ntwo'
}

@test "l2server.1: many" {
	serve "$server_manual" many
	status client "$L2_HCI0" one
	expect "client's status" "$status" 0
	wait_for "the file" test -e "server/${L2_HCI1//:/-}-1.log"
	end_served
}

@test "l2server.1: give" {
	mkdir server
	random_file server/notes.txt 5000
	serve "$server_manual" give
	for _ in 1 2; do
		status client --receive "$L2_HCI0" </dev/null >received
		expect "client's status" "$status" 0
		cmp server/notes.txt received
	done
	end_served
}

@test "l2client.1: ask" {
	serve "$server_manual" answer
	request "$client_manual" ask
	expect "client's status" "$status" 0
	expect output "$(cat client.out)" 'Hello, Ada.'
	end_served
}

@test "l2server.1: ready" {
	local psm
	serve "$server_manual" ready
	wait_for_line 'connect to PSM' server.out
	psm=$(sed -n 's/^connect to PSM \([0-9]*\)$/\1/p' server.out)
	status client "$L2_HCI0:$psm" 'hello!!'
	expect_statuses 0 0
	expect_line 'hello!!' server/received
}

@test "l2client.1: hello" {
	start_server
	request "$client_manual" hello
	expect_statuses 0 0
	expect output "$(cat server.out)" 'hello!!'
}

@test "l2client.1: pipe" {
	start_server
	request "$client_manual" pipe
	expect_statuses 0 0
	expect output "$(cat server.out)" "$(uname -a)"
}

@test "l2client.1: file" {
	mkdir client
	random_file client/photo.jpg 300000
	start_server
	request "$client_manual" file
	expect_statuses 0 0
	cmp client/photo.jpg server.out
}

@test "l2client.1: records" {
	mkdir client
	random_file client/records 1000
	start_server
	request "$client_manual" records
	expect_statuses 0 0
	expect_line 'received 10 SDUs, 1000 bytes' server.err
	cmp client/records server.out
}

@test "l2client.1: fetch" {
	random_file notes 5000
	start_server --send=notes
	request "$client_manual" fetch
	expect_statuses 0 0
	cmp notes client/notes.txt
}

@test "l2client.1: retry" {
	request "$client_manual" retry &
	client_pid=$!
	wait_for_line 'trying again' client.err
	start_server
	wait_for_client
	wait_for_server
	expect "server's status" "$server_status" 0
	expect output "$(cat server.out)" 'hello!!'
	expect_line 'it arrived' client.out
}

@test "README and l2client.1: check" {
	request "$readme" check-server
	expect status "$status" 0
	expect_line 'ok: PSM 0x1001 (4097) is free' client.out
	request "$readme" check-client
	expect status "$status" 0
	expect_line 'ok: standard input can be read' client.out
	request "$client_manual" check
	expect status "$status" 0
}

@test "l2client.1: info" {
	request "$client_manual" info
	expect status "$status" 0
	expect_line 'fixed channels 0x' client.out
}

@test "README: the flush timeout" {
	allow_sudo
	serve "$readme" flush-server
	relay rate hci1 45000 # an SDU takes 19 ms, and one comes each 10 ms
	request "$readme" flush-client
	expect_statuses 5 5
	expect_line 'missing' server.err
	expect_line 'packets of this link were flushed' client.err
	expect_line 'flush timeout 20 ms: 32 slots (20 ms), read back 32, flushed ' client.err
	(($(wc -l <server/readings.hex) > 100))
}

@test "l2cap-tools-events.5: summaries" {
	text_alone "the example asks for JSON itself"
	example "$events_manual" summaries
	env PATH="${l2server%/*}:$PATH" bash summaries >events 3>&- &
	server_pid=$!
	status client --retry=5 "$L2_HCI0" 'hello!!'
	expect "client's status" "$status" 0
	pkill -TERM -P "$server_pid" -x l2server
	wait "$server_pid" || true
	expect_line '"bytes_received":7' events
}

@test "every example with l2server or l2client has a case" {
	local document name line variable missing=0
	for variable in readme server_manual client_manual events_manual; do
		document=${!variable}
		while IFS=$'\t' read -r name line; do
			[[ $line =~ (^|[^[:alnum:]_/.-])l2(server|client)($|[[:space:]]) ]] || continue
			# shellcheck disable=SC2016 # the text of this file
			grep -qF "\"\$$variable\" $name" "$BATS_TEST_FILENAME" && continue
			echo "${document##*/}: no case for: $line"
			missing=1
		done < <(blocks "$document")
	done
	((missing == 0))
}

@test "l2server.1 and l2client.1: echo and ping" {
	serve "$server_manual" echo
	request "$client_manual" ping
	expect "client's status" "$status" 0
	expect_line '100 sent, 100 received, 0 lost' client.out
	expect_line '610 bytes from' client.out
	end_served
}

@test "l2server.1 and l2client.1: verify and generate" {
	serve "$server_manual" verify
	request "$client_manual" generate
	expect_statuses 0 0
	expect_line 'verified 1000 SDUs: all are good' server.err
}

@test "completions offer the adapters that are there" {
	text_alone 'completions are the same'
	status python3 "$project/tests/docs/completions" adapters >completed
	cat completed
	expect status "$status" 0
	expect "shells that offer hci0 and hci1" "$(grep -c '^ok [0-9]* - [a-z]*: adapters$' completed)" 3
	[[ -e /sys/class/bluetooth/hci1 ]]
}
