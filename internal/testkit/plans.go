package testkit

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
)

// Statement is SQL as it went to the database.
type Statement struct {
	SQL  string
	Args []any
}

// Recorded passes every read of db on to keep.
func Recorded(tb testing.TB, db *gorm.DB, keep func(Statement)) {
	tb.Helper()
	note := func(db *gorm.DB) {
		if !db.DryRun { // the part of another statement
			keep(Statement{db.Statement.SQL.String(), db.Statement.Vars})
		}
	}
	require.NoError(tb, db.Callback().Query().After("gorm:query").Register("test:query", note))
	require.NoError(tb, db.Callback().Row().After("gorm:row").Register("test:row", note))
}

// Step is how a plan reads one table. Whole: from end to end, without an index. Walk: along
// a whole index. Sorts: what comes of it is sorted afterwards. Rows is MySQL's estimate;
// SQLite makes none.
type Step struct {
	Table string // not its alias
	Whole bool
	Walk  bool
	Sorts bool
	Rows  int
}

var aliased = regexp.MustCompile("(?:FROM|JOIN|,) [`\"]?(\\w+)[`\"]?(?: AS)? [`\"]?(\\w+)[`\"]?")

// Plan asks the database how it runs a statement.
func Plan(tb testing.TB, db *gorm.DB, st Statement) []Step {
	tb.Helper()
	explain, read := "EXPLAIN FORMAT=TRADITIONAL ", mysqlStep
	if db.Name() == "sqlite" {
		explain, read = "EXPLAIN QUERY PLAN ", sqliteStep
	}
	names := map[string]string{}
	for _, m := range aliased.FindAllStringSubmatch(st.SQL, -1) {
		names[m[2]] = m[1]
	}
	pool, err := db.DB()
	require.NoError(tb, err)
	rows, err := pool.QueryContext(tb.Context(), explain+st.SQL, st.Args...)
	require.NoError(tb, err, st.SQL)
	defer func() { require.NoError(tb, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(tb, err)
	var steps []Step
	for rows.Next() {
		cells := make([]any, len(columns))
		row := map[string]string{}
		for i := range cells {
			cells[i] = new(any)
		}
		require.NoError(tb, rows.Scan(cells...))
		for i, c := range cells {
			row[columns[i]] = text(*c.(*any))
		}
		step := read(row)
		if name, ok := names[step.Table]; ok {
			step.Table = name
		}
		steps = append(steps, step)
	}
	require.NoError(tb, rows.Err())
	return steps
}

func mysqlStep(row map[string]string) Step {
	n, _ := strconv.Atoi(row["rows"])
	return Step{
		Table: row["table"], Whole: row["type"] == "ALL", Walk: row["type"] == "index",
		Sorts: strings.Contains(row["Extra"], "filesort"), Rows: n,
	}
}

func sqliteStep(row map[string]string) Step {
	words := strings.Fields(row["detail"])
	if len(words) < 2 {
		return Step{}
	}
	s := Step{Table: words[1], Sorts: strings.HasPrefix(row["detail"], "USE TEMP B-TREE FOR ORDER BY")}
	if words[0] == "SCAN" {
		s.Walk = strings.Contains(row["detail"], "INDEX")
		s.Whole = !s.Walk
	}
	return s
}

func text(v any) string {
	if raw, ok := v.([]byte); ok {
		return string(raw)
	}
	return fmt.Sprint(v)
}
