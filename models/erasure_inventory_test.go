package models_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"zhengxiao/internal/privacy"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// related are values by which planted rows hang together, and those that a row needs to be
// one that ends: by column, or by table and column.
var related = map[string]any{
	"file_id": "f-1", "files.id": "f-1", "import_id": "i-1", "imports.id": "i-1", "bulletin_id": "b-1", "bulletins.id": "b-1",
	"run_id": "r-1", "reconcile_runs.id": "r-1", "channel_id": "c-1", "channels.id": "c-1",
	"file_versions.state": "checked", "file_versions.linked_file_id": "", "file_versions.locked_at": nil,
	"data_requests.status": "met", "imports.status": "done", "roster_requests.status": "approved",
}

// onlyChanged are tables whose rows are not planted but changed: there must be one already.
var onlyChanged = []string{"users"}

// planter puts a mark of its own into every column that erasure is stated to empty.
type planter struct {
	*erasure

	caseID, cohortID string
	marks            map[string]string // mark → table.column
}

// mark is what stands in a column.
func (p *planter) mark(table, column string) string {
	m := fmt.Sprintf("mk%03dz", len(p.marks))
	p.marks[m] = table + "." + column
	return m
}

// value is what a planted row has in a column that erasure keeps.
func (p *planter) value(table string, f *schema.Field, link bool) any {
	for _, key := range []string{table + "." + f.DBName, f.DBName} {
		if v, ok := related[key]; ok {
			return v
		}
	}
	switch {
	case link:
		return p.person.ID
	case f.DBName == "case_id":
		return p.caseID
	case f.DBName == "cohort_id":
		return p.cohortID
	case f.DBName == "path":
		return p.w.School.Path
	}
	kind := f.FieldType
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	switch {
	case kind == reflect.TypeFor[time.Time]():
		return p.w.Now()
	case kind.Kind() == reflect.String:
		return "x"
	case kind.Kind() == reflect.Bool:
		return false
	}
	return 1
}

func (p *planter) plant(t *testing.T, row any, columns map[string]privacy.Class) {
	t.Helper()
	s, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
	require.NoError(t, err)
	values := map[string]any{}
	for _, f := range s.Fields {
		if f.DBName == "" {
			continue
		}
		class, personal := columns[f.DBName]
		isLink := personal && class.Category == privacy.Link
		text := f.FieldType.Kind() == reflect.String || f.FieldType == reflect.TypeFor[*string]()
		if personal && class.Fate != privacy.Keep && text && related[s.Table+"."+f.DBName] == nil && f.DBName != "org_id" {
			values[f.DBName] = p.mark(s.Table, f.DBName)
		} else if !slices.Contains(onlyChanged, s.Table) {
			values[f.DBName] = p.value(s.Table, f, isLink)
		}
	}
	if slices.Contains(onlyChanged, s.Table) {
		require.NoError(t, p.db.Table(s.Table).Where("id = ?", p.person.ID).UpdateColumns(values).Error)
		return
	}
	own := map[string]any{}
	for _, f := range s.PrimaryFields {
		own[f.DBName] = values[f.DBName]
	}
	require.NoError(t, p.db.Table(s.Table).Where(own).Delete(nil).Error, s.Table)
	require.NoError(t, p.db.Table(s.Table).Create(values).Error, s.Table)
}

// standing are the marks that are found anywhere, by where.
func (p *planter) standing(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, table := range tables(t) {
		var list []map[string]any
		require.NoError(t, p.db.Table(table).Find(&list).Error)
		for _, row := range list {
			for column, value := range row {
				text := fmt.Sprintf("%s", value)
				for m := range p.marks {
					if strings.Contains(text, m) {
						found[m] = table + "." + column
					}
				}
			}
		}
	}
	return found
}

// Whatever the inventory says is deleted or made a pseudonym really is: each such column of one
// person's and one case's rows has a mark of its own, and when everything is due no mark is left,
// but where the inventory keeps what has it.
func TestWhatIsStatedToBeErasedIsErased(t *testing.T) {
	t.Parallel()
	dbs := map[string]func(testing.TB) *gorm.DB{"sqlite": testkit.SQLite}
	if testkit.MySQLDSN() != "" {
		dbs["mysql"] = testkit.MySQL
	}
	for name, open := range dbs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			erasedAsStated(t, open(t))
		})
	}
}

func erasedAsStated(t *testing.T, db *gorm.DB) {
	t.Helper()
	ctx := t.Context()
	p := &planter{erasure: newErasure(t, db), marks: map[string]string{}}
	var c models.Case
	require.NoError(t, db.Take(&c).Error)
	p.caseID, p.cohortID = c.ID, c.CohortID
	stated, kept := map[string]map[string]privacy.Class{}, map[string]bool{}
	for _, column := range privacy.Columns() {
		if stated[column.Table] == nil {
			stated[column.Table] = map[string]privacy.Class{}
		}
		stated[column.Table][column.Name] = column.Class
		kept[column.Table+"."+column.Name] = column.Class.Fate == privacy.Keep && column.Class.Why != ""
	}
	done := map[string]bool{}
	for _, row := range rows {
		s, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
		require.NoError(t, err)
		if done[s.Table] {
			continue
		}
		done[s.Table] = true
		goes := func(c privacy.Class) bool { return c.Fate != privacy.Keep }
		for _, class := range stated[s.Table] {
			if goes(class) {
				p.plant(t, row, stated[s.Table])
				break
			}
		}
	}
	require.Greater(t, len(p.marks), 60)
	require.Len(t, p.standing(t), len(p.marks), "every mark is there")

	p.leaves(t)
	p.w.Advance(11 * 366 * 24 * time.Hour)
	store := p.w.Store
	require.NoError(t, store.PurgeSessions(ctx))
	require.NoError(t, store.TidyImports(ctx))
	require.NoError(t, store.PurgeDeliveries(ctx))
	require.NoError(t, store.PurgeTokens(ctx))
	p.monthly(t)
	p.work(t)
	var left []string
	for m, where := range p.standing(t) {
		if !kept[where] {
			left = append(left, p.marks[m]+" in "+where)
		}
	}
	slices.Sort(left)
	require.Empty(t, left)
	var gone bool
	for object := range p.objects {
		gone = gone || strings.Contains(object, "mk")
	}
	require.True(t, gone, "the object is discarded")
}
