package models_test

import (
	"database/sql"
	"maps"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// good is a server as it should be.
var good = map[string]string{
	"version": "8.4.3", "version_comment": "MySQL Community Server - GPL", "sql_mode": "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES",
	"time_zone": "+00:00", "transaction_isolation": "READ-COMMITTED", "character_set_client": "utf8mb4", "character_set_connection": "utf8mb4",
	"character_set_results": "utf8mb4", "collation_connection": "utf8mb4_0900_ai_ci", "wait_timeout": "28800", "max_allowed_packet": "67108864",
	"log_bin": "ON", "binlog_format": "ROW",
}

// Whatever the store relies on and a server does not give is named.
func TestServerProblems(t *testing.T) {
	t.Parallel()
	require.Empty(t, models.ServerProblems(good, time.Minute))
	for name, test := range map[string]struct {
		change map[string]string
		want   []string
	}{
		"MariaDB":  {map[string]string{"version": "11.4.2-MariaDB-deb12"}, []string{"MariaDB"}},
		"too old":  {map[string]string{"version": "5.7.44-log"}, []string{"MySQL 8.0 以上"}},
		"no zone":  {map[string]string{"time_zone": "SYSTEM"}, []string{"time_zone"}},
		"relaxed":  {map[string]string{"sql_mode": "NO_ENGINE_SUBSTITUTION"}, []string{"STRICT_TRANS_TABLES"}},
		"latin":    {map[string]string{"character_set_results": "latin1"}, []string{"character_set_results"}},
		"short":    {map[string]string{"wait_timeout": "60"}, []string{"ZX_MYSQL_CONN_LIFETIME"}},
		"packets":  {map[string]string{"max_allowed_packet": "1048576"}, []string{"16M"}},
		"logged":   {map[string]string{"binlog_format": "STATEMENT"}, []string{"ROW"}},
		"two ways": {map[string]string{"transaction_isolation": "REPEATABLE-READ", "collation_connection": "gbk_chinese_ci"}, []string{"transaction_isolation", "collation_connection"}},
	} {
		said := maps.Clone(good)
		maps.Copy(said, test.change)
		got := models.ServerProblems(said, time.Minute)
		require.Len(t, got, len(test.want), "%s: %v", name, got)
		for i, want := range test.want {
			require.Contains(t, got[i], want, name)
		}
	}
}

// A real server passes whatever the DSN says, and does not when it is asked in a session
// with other settings.
func TestServerIsChecked(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	dsn := testkit.DSN(t, testkit.EmptyMySQL(t), "")
	testkit.OpenDSN(t, dsn+"&time_zone=%27SYSTEM%27&sql_mode=%27%27&transaction_isolation=%27SERIALIZABLE%27")

	c, err := mysql.ParseDSN(dsn)
	require.NoError(t, err)
	c.InterpolateParams = false // the driver refuses it with such a collation
	require.NoError(t, c.Apply(mysql.Charset("gbk", "gbk_chinese_ci")))
	c.Params = map[string]string{
		"time_zone": "'+08:00'", "sql_mode": "''", "transaction_isolation": "'SERIALIZABLE'", "wait_timeout": "5",
	}
	conns, err := sql.Open("mysql", c.FormatDSN())
	require.NoError(t, err)
	defer func() { require.NoError(t, conns.Close()) }()
	err = models.CheckServer(t.Context(), conns, time.Minute)
	require.Equal(t, models.CodeDatabaseUnfit, apperr.CodeOf(err))
	for _, name := range []string{
		"time_zone", "transaction_isolation", "sql_mode", "character_set_client", "character_set_connection", "character_set_results",
		"collation_connection", "wait_timeout",
	} {
		require.Contains(t, apperr.MessageOf(err), name)
	}
}

// Whoever cannot log in, or names a database that is not there, learns which.
func TestServerRefuses(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	for change, words := range map[string]func(*mysql.Config){
		"用户名或密码": func(c *mysql.Config) { c.User = "nobody" },
		"没有这个库":  func(c *mysql.Config) { c.DBName = "zx_nowhere" },
		"地址与端口":  func(c *mysql.Config) { c.Addr = "127.0.0.1:1" },
	} {
		c, err := mysql.ParseDSN(testkit.MySQLDSN())
		require.NoError(t, err)
		words(c)
		_, err = models.OpenMySQL(models.MySQL{DSN: c.FormatDSN()})
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err))
		require.Contains(t, apperr.MessageOf(err), change)
	}
}

// A migration may take longer than any other answer of the server.
func TestMigrationsAreNotHurried(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	read, execution := models.PatientLimits(t, testkit.EmptyMySQL(t))
	require.Zero(t, read)
	require.Zero(t, execution)
}
