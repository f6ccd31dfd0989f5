#!/bin/bash
# 首次启动时由 MySQL 的镜像读入（source）：三个库与四个账号。zhengxiao 是库的属主，只由 migrate 等命令使用；
# api 与 worker 的账号没有任何权限，migrate 每次升级结构后授予它们所需的。
docker_process_sql <<-SQL
	CREATE DATABASE IF NOT EXISTS zhengxiao;
	CREATE DATABASE IF NOT EXISTS temporal;
	CREATE DATABASE IF NOT EXISTS temporal_visibility;
	CREATE USER IF NOT EXISTS zhengxiao IDENTIFIED BY '$(cat /run/secrets/mysql_zhengxiao)' REQUIRE SSL;
	CREATE USER IF NOT EXISTS zhengxiao_api IDENTIFIED BY '$(cat /run/secrets/mysql_zhengxiao_api)' REQUIRE SSL;
	CREATE USER IF NOT EXISTS zhengxiao_worker IDENTIFIED BY '$(cat /run/secrets/mysql_zhengxiao_worker)' REQUIRE SSL;
	CREATE USER IF NOT EXISTS temporal IDENTIFIED BY '$(cat /run/secrets/mysql_temporal)' REQUIRE SSL;
	GRANT ALL ON zhengxiao.* TO zhengxiao WITH GRANT OPTION;
	GRANT ALL ON temporal.* TO temporal;
	GRANT ALL ON temporal_visibility.* TO temporal;
SQL
