#!/bin/bash
# 首次启动时由 MySQL 的镜像读入（source）：三个库与两个账号，互不可见。
docker_process_sql <<-SQL
	CREATE DATABASE IF NOT EXISTS zhengxiao;
	CREATE DATABASE IF NOT EXISTS temporal;
	CREATE DATABASE IF NOT EXISTS temporal_visibility;
	CREATE USER IF NOT EXISTS zhengxiao IDENTIFIED BY '$(cat /run/secrets/mysql_zhengxiao)';
	CREATE USER IF NOT EXISTS temporal IDENTIFIED BY '$(cat /run/secrets/mysql_temporal)';
	GRANT ALL ON zhengxiao.* TO zhengxiao;
	GRANT ALL ON temporal.* TO temporal;
	GRANT ALL ON temporal_visibility.* TO temporal;
SQL
