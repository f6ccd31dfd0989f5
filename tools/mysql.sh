#!/usr/bin/env bash
# A real MySQL for tests, without Docker.
#
#   tools/mysql.sh start     start it if it is not running; print its DSN on the last line
#   tools/mysql.sh dsn       print the DSN of the running server
#   tools/mysql.sh ca        print the file of the authority that its certificate is by
#   tools/mysql.sh stop      stop the server that start started, and only that
#   tools/mysql.sh kill      end it without warning; its data stay
#   tools/mysql.sh remove    stop it and delete its data
#   tools/mysql.sh dump ARG…   mysqldump with these arguments, to standard output
#   tools/mysql.sh load        run the SQL on standard input
#
# Uses an installed mysqld 8 or 9; otherwise, as root, a Debian unstable tree made by
# debootstrap (about 90 s once). Everything is kept in ${ZX_CACHE:-~/.cache/zhengxiao}/mysql.
# ZX_MYSQL_NAME names a server of its own, with data and port of its own; such a server
# writes as durably as one in production, the unnamed one as fast as it can.
# The DSN names no database: tests create their own.
set -euo pipefail

cache=${ZX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/zhengxiao}
base=$cache/mysql
name=${ZX_MYSQL_NAME:-}
[[ $name =~ ^[a-z0-9-]*$ ]] || { echo "mysql.sh: ZX_MYSQL_NAME: small letters, digits and - only" >&2; exit 2; }
state=$base/state${name:+-$name} # pid, port, log of the running server
tree=$base/sid-2                 # the Debian tree; the number counts its lists of packages
data=/var/lib/my${name:+-$name}  # inside the tree, or under $base/host for an installed mysqld
run=/run/my${name:+-$name}
if [ -n "$name" ]; then
	speed=(--max-connections=500)
else
	# A crash of the machine may cost the test data, never a crash of the server.
	speed=(--max-connections=500 --innodb-flush-log-at-trx-commit=2 --innodb-flush-method=nosync --innodb-doublewrite=OFF)
fi

say() { echo "mysql.sh: $*" >&2; }
fail() { say "$*"; exit 1; }

# installed prints the path of an installed mysqld 8 or 9 (not MariaDB's).
installed() {
	local bin
	bin=$(command -v mysqld || true)
	[ -n "$bin" ] || bin=$([ -x /usr/sbin/mysqld ] && echo /usr/sbin/mysqld || true)
	[ -n "$bin" ] || return 1
	command -v mysqldump >/dev/null || return 1
	"$bin" --version 2>/dev/null | grep -v -i mariadb | grep -q -E 'Ver (8|9)\.' && echo "$bin"
}

# mirror prints this machine's own Debian mirror, nothing if apt does not name one.
mirror() {
	grep -q '^ID=debian' /etc/os-release 2>/dev/null || return 0
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
		awk '
			$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) print $i }
			$1 == "URIs:" { for (i = 2; i <= NF; i++) print $i }' |
		grep -E '^https?://[^ ]*/debian/?$' | head -n 1 || true
}

# proxy exports apt's proxy for debootstrap's downloads.
proxy() {
	command -v apt-config >/dev/null || return 0
	local http='' https=''
	eval "$(apt-config shell http Acquire::http::Proxy https Acquire::https::Proxy)"
	[ -z "$http" ] || export http_proxy=${http_proxy:-$http}
	[ -z "$https" ] || export https_proxy=${https_proxy:-$https}
}

# bootstrap makes the Debian tree; a broken attempt leaves nothing behind.
bootstrap() {
	[ ! -x "$tree/usr/sbin/mysqld" ] || return 0
	[ "$(id -u)" = 0 ] || fail "no mysqld 8 or 9 is installed and debootstrap needs root: install mysql-server, or run as root"
	command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get update && apt-get install -y debootstrap"
	say "preparing MySQL in $tree (about 90 s, once) …"
	proxy
	local from log=$base/debootstrap.log
	from=$(mirror)
	discard "$tree.new"
	# shellcheck disable=SC2086 # no mirror is no argument
	if ! debootstrap --variant=minbase --include=mysql-server-core,mysql-client-core sid "$tree.new" $from >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		discard "$tree.new"
		fail "debootstrap failed, see $log"
	fi
	rm -rf "$tree.new/var/cache/apt/archives"
	mv "$tree.new" "$tree"
}

# discard removes a tree, but never what is mounted into it.
discard() {
	[ -e "$1" ] || return 0
	local m
	for m in proc sys dev/pts dev; do ! mountpoint -q "$1/$m" || umount "$1/$m"; done
	rm -rf --one-file-system "$1"
}

# server runs mysqld with arguments, in the tree or on the host.
server() {
	if [ -n "$host" ]; then
		"$host" --no-defaults --user="$(id -un)" --datadir="$root$data" "$@"
	else
		chroot "$tree" /usr/sbin/mysqld --no-defaults --user=root --datadir="$data" "$@"
	fi
}

# client runs mysql or mysqldump against the server.
client() {
	local program=$1 port
	shift
	running || fail "not running: tools/mysql.sh start"
	port=$(cat "$state/port")
	if [ -n "$(installed || true)" ]; then
		"$program" --no-defaults --protocol=tcp --host=127.0.0.1 --port="$port" --user=root "$@"
	else
		chroot "$tree" "/usr/bin/$program" --no-defaults --protocol=tcp --host=127.0.0.1 --port="$port" --user=root "$@"
	fi
}

# running succeeds if the process we started still is a mysqld on our data.
running() {
	[ -s "$state/pid" ] || return 1
	local line
	line=$(tr '\0' ' ' 2>/dev/null <"/proc/$(cat "$state/pid")/cmdline") || return 1
	[[ $line == *mysqld*--pid-file="$(cat "$state/pidfile") "*--port="$(cat "$state/port") "* ]]
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
	local port
	for port in $(seq 33306 33405); do
		answers "$port" || { echo "$port"; return; }
	done
	fail "no free port between 33306 and 33405"
}

dsn() {
	running || fail "not running: tools/mysql.sh start"
	echo "root@tcp(127.0.0.1:$(cat "$state/port"))/?parseTime=true&loc=UTC&multiStatements=false&interpolateParams=true&charset=utf8mb4&collation=utf8mb4_0900_ai_ci"
}

# certify makes an authority and a certificate for 127.0.0.1, once.
certify() {
	local at=$1
	[ ! -s "$at/zx-server.pem" ] || return 0
	command -v openssl >/dev/null || fail "openssl is missing"
	local key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
	{
		openssl req -x509 "${key[@]}" -days 3650 -subj '/CN=zhengxiao tests' -addext keyUsage=critical,keyCertSign -keyout "$at/zx-ca.key" -out "$at/zx-ca.pem"
		openssl req -new "${key[@]}" -subj /CN=mysql -keyout "$at/zx-server.key" -out "$at/zx-server.csr"
		openssl x509 -req -in "$at/zx-server.csr" -CA "$at/zx-ca.pem" -CAkey "$at/zx-ca.key" -days 3650 -set_serial 2 \
			-extfile <(printf 'extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1') -out "$at/zx-server.new"
	} 2>"$state/openssl.log" || { cat "$state/openssl.log" >&2; fail "making a certificate failed"; }
	mv "$at/zx-server.new" "$at/zx-server.pem"
}

ca() {
	running || fail "not running: tools/mysql.sh start"
	local root=$tree
	[ -z "$(installed || true)" ] || root=$base/host
	echo "$root$data/zx-ca.pem"
}

start() {
	mkdir -p "$state"
	exec 9>"$base/lock"
	flock 9
	if running; then dsn; return; fi
	rm -f "$state"/pid "$state"/port "$state"/pidfile
	host=$(installed || true)
	if [ -n "$host" ]; then root=$base/host; else root=$tree; bootstrap; fi
	mkdir -p "$root$data" "$root/var/lib/mysql-files" "$root$run"
	local in=''
	[ -z "$host" ] || in=$root
	if [ ! -e "$root$data/mysql.ibd" ]; then
		rm -rf "${root:?}$data"
		mkdir -p "$root$data"
		server --initialize-insecure >"$state/init.log" 2>&1 || { cat "$state/init.log" >&2; fail "initialising the data failed"; }
	fi
	certify "$root$data"
	local port
	port=$(free_port)
	rm -f "$root$run/pid"
	echo "$in$run/pid" >"$state/pidfile"
	echo "$port" >"$state/port"
	export -f server
	export host root tree data
	setsid nohup bash -c 'server "$@"' mysqld --pid-file="$in$run/pid" --socket="$in$run/s.sock" --port="$port" \
		--bind-address=127.0.0.1 --mysqlx=OFF --secure-file-priv=NULL --default-time-zone=+00:00 \
		--ssl-cert=zx-server.pem --ssl-key=zx-server.key --skip-log-bin --performance-schema=OFF "${speed[@]}" </dev/null >"$state/log" 2>&1 9>&- &
	for _ in $(seq 1 300); do
		if [ -s "$root$run/pid" ] && answers "$port"; then
			cp "$root$run/pid" "$state/pid"
			dsn
			return
		fi
		sleep 0.2
	done
	tail -n 30 "$state/log" >&2
	fail "the server did not start within 60 s"
}

stop() {
	if ! running; then say "not running"; return; fi
	local pid
	pid=$(cat "$state/pid")
	kill "$pid"
	for _ in $(seq 1 300); do
		if ! kill -0 "$pid" 2>/dev/null; then rm -f "$state/pid"; say "stopped"; return; fi
		sleep 0.2
	done
	fail "process $pid did not stop within 60 s"
}

# end_it ends the server at once.
end_it() {
	running || { say "not running"; return; }
	local pid
	pid=$(cat "$state/pid")
	kill -9 "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
	rm -f "$state/pid"
}

remove() {
	[ -n "$name" ] || fail "only a named server can be removed"
	end_it
	rm -rf "${tree:?}$data" "${base:?}/host$data" "$state"
}

case ${1:-} in
start) start ;;
dsn) dsn ;;
ca) ca ;;
stop) stop ;;
kill) end_it ;;
remove) remove ;;
dump) client mysqldump "${@:2}" ;;
load) client mysql ;;
*) sed -n '2,19s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
