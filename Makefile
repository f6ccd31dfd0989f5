SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

root    := $(CURDIR)
bin     := $(root)/bin
tools   := $(root)/.cache/bin
modules := . standalone tools deploy
SCHOOLS ?= 24
lint    := $(tools)/golangci-lint

# The toolchain is the one that is installed; nothing is fetched behind your back.
export GOTOOLCHAIN := local
export PATH := $(tools):$(PATH)

# Compilers and linters that collect their garbage less often need a fifth less of a
# processor. Not for tests: some measure their own memory.
quick := GOGC=400

.PHONY: help run demo build sbom web test check attack fuzz bench lint generate mysql size \
	fmt check-fmt check-generated check-tidy check-web test-tools test-race test-mysql test-store test-cluster test-web tools

help: ## 显示本帮助
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(bin)/zhengxiao-standalone ## 启动单机版（数据在 ./data，首次构建约需 5 分钟）
	@exec $(bin)/zhengxiao-standalone

demo: $(bin)/zhengxiao-standalone ## 用真实规模的示例数据演示全部环节（SCHOOLS=24）
	@exec $(bin)/zhengxiao-standalone demo --schools $(SCHOOLS)

build: $(bin)/zhengxiao $(bin)/zhengxiao-standalone ## 构建两个程序到 ./bin

# The browser app is part of both programs. They build and test without Node, too, with a
# page in its place that says so.
node_ok := $(shell node -e 'const [a, b] = process.versions.node.split("."); if (a > 20 || (a == 20 && b >= 19)) console.log(1)' 2>/dev/null)
web_made := web/dist/app/index.html
web_deps := web/node_modules/.package-lock.json
ifdef node_ok
web: $(web_made) ## 构建网页（需要 Node 20.19 以上；没有时程序只提供接口）
else
web:
	@echo '没有找到 Node 20.19 以上版本，网页不会更新；接口不受影响。安装 Node 与 npm 后重新构建即可。'
endif

$(web_made): $(web_deps) web/index.html web/vite.config.ts $(shell find web/src web/public web/tools -type f)
	@echo '构建网页：约需半分钟 …'
	@cd web && npx vite build --logLevel error && node tools/compress.mjs

# A linked node_modules belongs to another checkout: npm ci would empty it there.
$(web_deps): web/package-lock.json
	@[ ! -L web/node_modules ] || { echo 'web/node_modules 是链接，请在它所在的目录更新依赖。' >&2; exit 1; }
	@echo '安装网页的依赖：首次约需 1 分钟 …'
	@cd web && npm ci --silent --no-audit --no-fund
	@touch $@

sbom: $(bin)/zhengxiao ## 列出程序中的全部第三方组件（CycloneDX：bin/zhengxiao.cdx.json）
	cd tools && go run ./sbom $< ../web/package-lock.json >$<.cdx.json

test: $(if $(node_ok),$(web_deps)) ## 运行全部测试（只需要 Go；网页部分需要 Node）
	@echo '测试：首次构建嵌入式引擎约需 5 分钟，请稍候 …'
	go test ./...
	cd standalone && go test -timeout 20m ./...
	$(if $(node_ok),cd web && npm test --silent,@echo '没有 Node，网页部分没有测试。')

# Those that wait more than they compute run beside those that compute.
tests := test-web test test-race test-cluster test-mysql test-store test-tools

# The linter is go vet, too, with all its analyzers; the tests need not ask it again.
check: check-fmt lint size check-generated check-tidy check-web ## 提交前的全部检查，与持续集成一致
	@GOFLAGS="$${GOFLAGS:-} -vet=off" $(MAKE) --no-print-directory --jobs=2 --output-sync=line $(tests)
	@echo '全部检查通过。'

attack: ## 攻击一个带示例数据的单机版（约 1 分钟），列出各类尝试与结果
	cd standalone && go test -count=1 -v -run '^TestAttack' .

# Every target that there is, so that none is forgotten. KEEP=1 puts some of what a target
# found beside it, where every run of the tests tries it. Inputs are hardly made smaller: by
# default that takes the whole minute.
FUZZTIME ?= 60s
FUZZFLAGS ?= -fuzzminimizetime 100x
fuzz: ## 对每个解析器做模糊测试（FUZZTIME=60s，逐个运行；KEEP=1 留存有价值的输入）
	@cache="$$(go env GOCACHE)/fuzz"; top="$(CURDIR)"; \
	grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' --exclude-dir=node_modules --exclude-dir=.cache . | sort | while read -r file; do \
		dir="$$(dirname "$$file")"; \
		for target in $$(grep -oE '^func Fuzz\w+' "$$file" | cut -d' ' -f2); do \
			echo "$$dir $$target"; \
			(cd "$$dir" && go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $(FUZZFLAGS) .) </dev/null || exit 1; \
			[ -z "$(KEEP)" ] || (pkg="$$(cd "$$dir" && go list .)" && cd tools && \
				go run ./corpus "$$cache/$$pkg/$$target" "$$top/$$dir/testdata/fuzz/$$target") </dev/null || exit 1; \
		done; \
	done

lint: tools ## 静态检查（golangci-lint、workflowcheck）
	@echo '静态检查：首次约需 5 分钟，请稍候 …'
	@for m in $(modules); do (cd $$m && echo "golangci-lint: $$m" && $(quick) $(lint) run ./...); done
	$(quick) $(tools)/workflowcheck -config workflowcheck.yaml ./...
	@command -v shellcheck >/dev/null || { echo '没有找到 shellcheck：请安装它（Debian 的同名软件包）。' >&2; exit 1; }
	shellcheck deploy/*.sh deploy/*/*.sh .ci/run

generate: tools ## 重新生成代码
	go generate ./...
	@[ ! -d web/node_modules ] || { cd web && npm run --silent types; }

mysql: ## 启动测试用 MySQL，输出它的连接串（停止：tools/mysql.sh stop）
	@tools/mysql.sh start

size: ## 检查文件与函数长度
	@cd tools && go run ./size ..

fmt: tools ## 格式化代码
	@for m in $(modules); do (cd $$m && $(lint) fmt ./...); done

# go build decides itself what is stale.
.PHONY: $(bin)/zhengxiao $(bin)/zhengxiao-standalone
$(bin)/zhengxiao: web
	$(quick) go build -o $@ ./cmd/zhengxiao

$(bin)/zhengxiao-standalone: web
	@echo '构建单机版：首次约需 5 分钟，之后只需几秒 …'
	cd standalone && $(quick) go build -o $@ .

# The pinned tools.
tools: $(tools)/.built
$(tools)/.built: tools/go.mod tools/go.sum
	@echo '构建检查工具：首次约需 3 分钟 …'
	@mkdir -p $(tools)
	cd tools && $(quick) go build -o $(tools)/ tool
	@touch $@

check-fmt: tools
	@for m in $(modules); do (cd $$m && $(lint) fmt --diff ./...); done

# Generates again and compares every source file before and after.
sources = find . \( -path ./.git -o -path ./.cache -o -path ./bin -o -path ./data -o -path ./demo-data -o -name node_modules \) -prune \
	-o -type f -print0 | sort -z | xargs -0 sha256sum
check-generated: tools
	@$(sources) >$(tools)/before
	@go generate ./...
	@$(sources) >$(tools)/after
	@diff $(tools)/before $(tools)/after || { echo '生成的代码已过期：请运行 make generate 并提交结果。' >&2; exit 1; }

check-tidy:
	@for m in $(modules); do (cd $$m && echo "go mod tidy: $$m" && go mod tidy -diff); done

# Types, rules, the client's agreement with the API, and what a page may weigh.
check-web: web
	@[ -n '$(node_ok)' ] || { echo '检查网页需要 Node 20.19 以上版本与 npm。' >&2; exit 1; }
	@! grep -q '"resolved"' web/package-lock.json || { echo 'package-lock.json 不应记录下载地址：请在 web/ 下重新运行 npm install。' >&2; exit 1; }
	cd web && npm run --silent types -- --check >/dev/null || { echo 'web/src/api/schema.d.ts 已过期：请运行 make generate 并提交结果。' >&2; exit 1; }
	cd web && npm run --silent typecheck && npm run --silent lint && npm run --silent size

# Every role in a real browser, against a server of its own. It lasts longest: building in
# the recipe lets it start first, as make puts off what has prerequisites.
test-web:
	@$(MAKE) --no-print-directory $(bin)/zhengxiao-standalone
	@echo '浏览器测试：约需 10 分钟，请稍候 …'
	cd web && node e2e/run.mjs

test-tools:
	cd tools && go test ./...
	cd deploy && go test ./...

# Everything of the root module again, under the race detector and on MySQL beside SQLite.
# SQLite is C translated to Go, with locks of its own: watching it finds nothing and makes
# it several times slower.
race := -race -gcflags=modernc.org/...=-race=false
test-race:
	@echo '竞态检测：约需 10 分钟，请稍候 …'
	@tools/mysql.sh start >/dev/null
	CGO_ENABLED=1 $(quick) go build $(race) ./...
	ZX_TEST_MYSQL_DSN="$$(tools/mysql.sh dsn)" CGO_ENABLED=1 go test $(race) -timeout 20m ./...

# The end-to-end tests on MySQL, and the plans of all lists over a million rows. A name that matches nothing must not look like success.
test-mysql:
	@tools/mysql.sh start >/dev/null
	cd standalone && ZX_TEST_MYSQL_DSN="$$(../tools/mysql.sh dsn)" go test -count=1 -v -timeout 20m -run /MySQL ./e2e | tee $(root)/.cache/mysql.log
	ZX_TEST_MYSQL_DSN="$$(tools/mysql.sh dsn)" go test -count=1 -v -run ListPlansMySQL ./api | tee -a $(root)/.cache/mysql.log
	@ZX_MYSQL_NAME=tls tools/mysql.sh start >/dev/null
	ZX_TEST_MYSQL_TLS_DSN="$$(ZX_MYSQL_NAME=tls tools/mysql.sh dsn)" ZX_TEST_MYSQL_TLS_CA="$$(ZX_MYSQL_NAME=tls tools/mysql.sh ca)" \
		go test -count=1 -v -run '^TestTLSMySQL$$' ./models | tee -a $(root)/.cache/mysql.log
	@ZX_MYSQL_NAME=tls tools/mysql.sh remove
	@grep -q '^--- PASS: TestTLSMySQL' .cache/mysql.log || { echo 'models 中没有在 MySQL 上检查 TLS。' >&2; exit 1; }
	@grep -q '^--- PASS: TestListPlansMySQL' .cache/mysql.log || { echo 'api 中没有核对 MySQL 的查询计划。' >&2; exit 1; }
	@grep -q '^ *--- PASS: Test.*/MySQL' .cache/mysql.log || { echo 'standalone 中没有运行任何 MySQL 测试。' >&2; exit 1; }
	@! grep -q -- '^ *--- SKIP' .cache/mysql.log || { echo 'MySQL 测试被跳过。' >&2; exit 1; }

# The contract of the evidence store on a real MinIO server, a program of its own. It need
# not be quick: compiled without optimisation it is there in a quarter less time.
$(tools)/minio: tools/minio/go.mod tools/minio/go.sum
	@echo '构建测试用的 MinIO：首次约需 4 分钟 …'
	@mkdir -p $(tools)
	cd tools/minio && $(quick) go build -gcflags=all='-N -l' -gcflags=std= -ldflags='-s -w' -o $@ github.com/minio/minio
	@touch $@

# With it a clamd, whose signature the tests bring along.
test-store: $(tools)/minio
	@command -v clamd >/dev/null || { echo '没有找到 clamd：请安装 clamav-daemon（不需要病毒库，也不需要启动服务）。' >&2; exit 1; }
	ZX_TEST_MINIO=$(tools)/minio ZX_TEST_CLAMD=$$(command -v clamd) go test -count=1 -v -run 'MinIO|Clamd|clamd' \
		./evidence ./internal/backup ./internal/clamav ./internal/app | tee $(root)/.cache/store.log
	@for want in MinIO_keeps MinIO_outlives MinIO_confines MinIO_is_verified MinIO_is_restored Clamd_stands Clamd_judges clamd; do grep -q "^--- PASS: Test.*$$want" .cache/store.log || \
		{ echo "对象存储的测试 $$want 没有运行。" >&2; exit 1; }; done
	@! grep -q -- '^ *--- SKIP' .cache/store.log || { echo '对象存储的测试被跳过。' >&2; exit 1; }

# Every part as a process of its own; each is killed, each link between them is cut.
test-cluster: $(tools)/minio
	@echo '集群测试：约需 5 分钟，请稍候 …'
	cd standalone && ZX_TEST_CLUSTER=1 go test -count=1 -v -timeout 25m ./cluster | tee $(root)/.cache/cluster.log
	@grep -q '^--- PASS: TestCluster' .cache/cluster.log || { echo 'standalone/cluster 中没有运行集群测试。' >&2; exit 1; }
	@! grep -q -- '^ *--- SKIP' .cache/cluster.log || { echo '集群测试被跳过。' >&2; exit 1; }

bench: $(tools)/minio ## 测量决定的时延与吞吐：集群、单机版、只有流程引擎（约 5 分钟）
	cd standalone && ZX_TEST_CLUSTER=1 go test -run '^$$' -bench Decisions -benchtime 300x -timeout 30m ./cluster
