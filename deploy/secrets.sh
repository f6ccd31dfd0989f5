#!/bin/sh
# 生成部署所需的密钥、密码与证书，写入 deploy/secrets/ 与 deploy/.env。可重复执行：已有的文件从不改动，
# 只补缺少的；要更换某一项，先移走它再执行（步骤见 docs/operations.md“更换密钥”）。
#
#   deploy/secrets.sh 网站域名 文件域名 版本号        目录可由 SECRETS_DIR 另行指定
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
dir=${SECRETS_DIR:-$here/secrets}
env=${ENV_FILE:-$here/.env}
days=825

say() { echo "$*" >&2; }
command -v openssl >/dev/null || { say '需要 openssl。'; exit 1; }

# 先写入临时文件再改名：中断时不会留下半个文件。
put() { # 文件名；内容来自标准输入
	if [ -s "$dir/$1" ]; then cat >/dev/null; return; fi
	cat >"$dir/$1.new"
	mv "$dir/$1.new" "$dir/$1"
	say "已生成：$1"
}
missing() { [ ! -s "$dir/$1" ]; }

mkdir -p "$dir/zhengxiao" "$dir/owner" "$dir/api" "$dir/worker" "$dir/audit" "$dir/client" "$dir/node" "$dir/mysql" "$dir/grafana" "$dir/authority" "$dir/store" \
	"$dir/inner" "$dir/tls-mysql" "$dir/tls-objects" "$dir/tls-api" "$dir/authorities"

# 对象存储的根密钥只给对象存储自己与 store setup；早先的版本放在 zhengxiao/ 下，各进程都读得到。
for name in s3_access_key s3_secret_key; do
	if [ -s "$dir/zhengxiao/$name" ] && missing "store/$name"; then
		mv "$dir/zhengxiao/$name" "$dir/store/$name"
		say "已移动：zhengxiao/$name → store/$name。api 与 worker 改用自己的账号，建立的步骤见 docs/operations.md 的《对象存储的账号》一节。"
	fi
done
for name in mysql/root mysql/zhengxiao mysql/zhengxiao_api mysql/zhengxiao_worker mysql/temporal grafana/admin zhengxiao/codec_token store/s3_secret_key api/s3_secret_key worker/s3_secret_key; do
	if missing "$name"; then openssl rand -hex 24 | tr -d '\n' | put "$name"; fi
done
for who in store api worker; do
	if missing "$who/s3_access_key"; then printf 'zx%s' "$(openssl rand -hex 8)" | put "$who/s3_access_key"; fi
done
# 运维的命令（files verify 等）用 worker 的账号。
for name in s3_access_key s3_secret_key; do put "owner/$name" <"$dir/worker/$name"; done
# 查重用的索引有自己的密钥，更换 k1 时不变。
if missing zhengxiao/data_keys; then
	printf 'k1:%s,index:%s' "$(openssl rand -base64 32)" "$(openssl rand -base64 32)" | put zhengxiao/data_keys
fi
if missing zhengxiao/codec_keys; then printf 'k1:%s' "$(openssl rand -base64 32)" | put zhengxiao/codec_keys; fi
# 库的属主的连接串只给 migrate 等命令；早先的版本放在 zhengxiao/ 下，各进程都读得到。
if [ -s "$dir/zhengxiao/mysql_dsn" ] && missing owner/mysql_dsn; then
	mv "$dir/zhengxiao/mysql_dsn" "$dir/owner/mysql_dsn"
	say '已移动：zhengxiao/mysql_dsn → owner/mysql_dsn。api 与 worker 改用自己的账号，建立的步骤见 docs/operations.md“数据库的账号”。'
fi
dsn() { # 文件夹 账号
	if missing "$1/mysql_dsn"; then printf '%s:%s@tcp(mysql:3306)/zhengxiao' "$2" "$(cat "$dir/mysql/$2")" | put "$1/mysql_dsn"; fi
}
dsn owner zhengxiao
dsn api zhengxiao_api
dsn worker zhengxiao_worker

# 审计签名密钥只给 worker。
if missing audit/key; then openssl rand -base64 32 | tr -d '\n' | put audit/key; fi

# 两个 CA，私钥都不进入任何容器；证书到期前 30 天移走它们再执行。
# ca：Temporal 的双向 TLS，持有其证书者即可使用引擎，所以只用于此。inner：MySQL、对象存储与 api 的服务端证书。
authority() { # 名称 主体
	if missing "authority/$1.pem"; then
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=$2" \
			-addext keyUsage=critical,keyCertSign,cRLSign -keyout "$dir/authority/$1.key" -out "$dir/authority/$1.pem.new" 2>/dev/null
		mv "$dir/authority/$1.pem.new" "$dir/authority/$1.pem"
		say "已生成：authority/$1.pem"
	fi
}
authority ca 'zhengxiao temporal'
authority inner 'zhengxiao inner'
issue() { # CA 文件夹/名称 主体 用途 其他主机名
	by=$dir/authority/$1
	if missing "$2.pem" || missing "$2.key"; then
		openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$3" -keyout "$dir/$2.key" -out "$dir/$2.csr" 2>/dev/null
		printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=%s\nsubjectAltName=DNS:%s\n' "$4" "$3${5:+,DNS:$5}" >"$dir/$2.ext"
		openssl x509 -req -in "$dir/$2.csr" -CA "$by.pem" -CAkey "$by.key" -days "$days" -set_serial "0x$(openssl rand -hex 16)" \
			-extfile "$dir/$2.ext" -out "$dir/$2.pem.new" 2>/dev/null
		mv "$dir/$2.pem.new" "$dir/$2.pem"
		rm "$dir/$2.csr" "$dir/$2.ext"
		say "已生成：$2.pem"
	fi
}
issue ca node/node temporal serverAuth,clientAuth
issue ca client/client zhengxiao clientAuth
issue inner tls-mysql/server mysql serverAuth
issue inner tls-objects/server objects serverAuth
issue inner tls-api/server api-1 serverAuth api-2
for place in node client; do put "$place/ca.pem" <"$dir/authority/ca.pem"; done
put inner/ca.pem <"$dir/authority/inner.pem"
# 证书本身不是秘密；反向代理的容器不以密钥文件的属主身份运行，也要读它。
chmod 755 "$dir/inner"
chmod 644 "$dir/inner/ca.pem"

# 容器以密钥文件的属主身份运行。由 root 执行时交给镜像自己的账号，绝不以 root 运行。
run_as=$(id -u):$(id -g)
if [ "${run_as%:*}" = 0 ]; then
	run_as=65532:65532
	chown -R "$run_as" "$dir/zhengxiao" "$dir/owner" "$dir/api" "$dir/worker" "$dir/audit" "$dir/client" "$dir/node" "$dir/mysql" "$dir/grafana" "$dir/store" \
		"$dir/inner" "$dir/tls-mysql" "$dir/tls-objects" "$dir/tls-api" "$dir/authorities"
fi
if [ ! -s "$env" ]; then
	cat >"$env" <<EOF
# 网站与文件的域名，都要解析到本机。
SITE=${1:-zhengxiao.localhost}
FILES=${2:-files.localhost}
# internal 为自签证书；也可以是申请证书用的邮箱，或以空格隔开的证书与私钥两个文件，如 /certs/site.pem /certs/site.key。
TLS=internal
VERSION=${3:-dev}
RUN_AS=$run_as
# 病毒检查：docker compose --profile clamav up -d，并设为 clamav:3310。
CLAMAV=
EOF
	say "已生成：$env"
fi
say '完成。请把 secrets/ 与数据库备份分开保管：data_keys 丢失后，已加密的证件号和电话无法恢复。'
