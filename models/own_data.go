package models

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/privacy"
)

// OwnReader reads what the system holds about one person, at one moment.
type OwnReader struct {
	s    *Store
	tx   *gorm.DB
	user *User
	ids  map[privacy.Via][]string // by which rows are looked for that no index of their own finds
}

// OwnRow is one row of a person's: how it is theirs, and its cells in the order of the
// inventory. Names are those of the organisation, case, cohort and group it refers to.
type OwnRow struct {
	Relation string
	Cells    []OwnCell
}

// OwnCell is one column of a row. Name is what an identifier in it stands for.
type OwnCell struct {
	Column string
	Value  any
	Name   string
}

// OwnFile is one file of a person's, every version by itself.
type OwnFile struct {
	FileID, CaseID, School, Name, SHA256, State string
	N                                           int
	Size                                        int64
}

// OwnData reads a person's data in one snapshot: read may go through them several times.
func (s *Store) OwnData(ctx context.Context, u *User, read func(r *OwnReader) error) error {
	return s.snapshot(ctx, func(tx *gorm.DB) error {
		r := &OwnReader{s: s, tx: tx, user: u, ids: map[privacy.Via][]string{}}
		for via, q := range map[privacy.Via]string{
			privacy.InCases: `SELECT case_id FROM roster WHERE user_id = @me UNION SELECT case_id FROM team_members WHERE user_id = @me
				UNION SELECT case_id FROM events WHERE actor_id = @me UNION SELECT case_id FROM tasks WHERE user_id = @me
				UNION SELECT case_id FROM tasks WHERE done_by = @me`,
			privacy.InCohorts: `SELECT DISTINCT cases.cohort_id FROM roster JOIN cases ON cases.id = roster.case_id WHERE roster.user_id = @me`,
			privacy.OfFiles:   `SELECT id FROM files WHERE owner_id = @me`,
			privacy.OfRecords: `SELECT no FROM registry_records WHERE user_id = @me`,
		} {
			var ids []string
			if err := tx.Raw(q, sql.Named("me", u.ID)).Scan(&ids).Error; err != nil {
				return fail(err, "look for a person's rows")
			}
			slices.Sort(ids)
			r.ids[via] = ids
		}
		return read(r)
	})
}

// foundBy is the column by which rows are looked for that are found in one of these ways.
var foundBy = map[privacy.Via]string{privacy.InCases: "case_id", privacy.InCohorts: "cohort_id"}

// ownNames are the tables that name what a column refers to.
var ownNames = map[string]string{
	"org_id":    "(SELECT orgs.name FROM orgs WHERE orgs.id = t.org_id)",
	"case_id":   "(SELECT cases.school_name FROM cases WHERE cases.id = t.case_id)",
	"cohort_id": "(SELECT cohorts.name FROM cohorts WHERE cohorts.id = t.cohort_id)",
	"group_id":  "(SELECT study_groups.name FROM study_groups WHERE study_groups.id = t.group_id)",
}

// Rows passes on every row of a table that is the person's, with the columns of one class,
// or of all ("").
func (r *OwnReader) Rows(o privacy.Own, class string, each func(OwnRow) error) error {
	columns := ownColumns(o, class)
	if columns == nil {
		return nil
	}
	for i, way := range o.Ways {
		q := func() *gorm.DB {
			q := r.tx.Table(o.Table + " AS t").Select(ownSelect(columns))
			for _, earlier := range o.Ways[:i] {
				q = q.Where("(t."+earlier.Column+" IS NULL OR t."+earlier.Column+" <> ?)", r.user.ID)
			}
			return q
		}
		if way.Via == privacy.Direct {
			if err := r.read(q().Where("t."+way.Column+" = ?", r.user.ID), o, way, columns, each); err != nil {
				return err
			}
			continue
		}
		for ids := range slices.Chunk(r.ids[way.Via], batchSize) {
			found := q()
			if column := foundBy[way.Via]; column != "" {
				found = found.Where("t."+column+" IN ? AND t."+way.Column+" = ?", ids, r.user.ID)
			} else {
				found = found.Where("t."+way.Column+" IN ?", ids)
			}
			if err := r.read(found, o, way, columns, each); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownColumns are those of a class and what the row is understood by, nil when the table
// has none of the class.
func ownColumns(o privacy.Own, class string) []string {
	if len(o.Ways) == 0 {
		return nil
	}
	var all []string
	found := class == ""
	for _, c := range o.Columns {
		if class == "" || c.Class.Code == class {
			all, found = append(all, c.Name), true
		}
	}
	if !found {
		return nil
	}
	return slices.Concat(all, o.Context)
}

func ownSelect(columns []string) string {
	parts := make([]string, 0, len(columns))
	for _, c := range columns {
		parts = append(parts, "t.`"+c+"`")
		if name, ok := ownNames[c]; ok {
			parts = append(parts, name)
		}
	}
	return strings.Join(parts, ", ")
}

func (r *OwnReader) read(q *gorm.DB, o privacy.Own, way privacy.Way, columns []string, each func(OwnRow) error) error {
	rows, err := q.Rows()
	if err != nil {
		return fail(err, "read own "+o.Table)
	}
	defer rows.Close() //nolint:errcheck // read to its end
	types, err := rows.ColumnTypes()
	if err != nil {
		return fail(err, "read own "+o.Table)
	}
	for rows.Next() {
		values := make([]any, len(types))
		into := make([]any, len(types))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return fail(err, "read own "+o.Table)
		}
		for i := range values {
			values[i] = readable(values[i], types[i].DatabaseTypeName())
		}
		row, err := r.row(o, way, columns, values)
		if err != nil {
			return err
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return fail(rows.Err(), "read own "+o.Table)
}

func (r *OwnReader) row(o privacy.Own, way privacy.Way, columns []string, values []any) (OwnRow, error) {
	row := OwnRow{Relation: way.Column, Cells: make([]OwnCell, 0, len(columns))}
	at := 0
	for _, c := range columns {
		cell := OwnCell{Column: c, Value: values[at]}
		at++
		if _, ok := ownNames[c]; ok {
			cell.Name, _ = values[at].(string)
			at++
		}
		if column, ok := sealedOwn[o.Table+"."+c]; ok {
			text, _ := cell.Value.(string)
			open, err := r.s.keys.Open(column, r.user.ID, text)
			if err != nil {
				return row, fmt.Errorf("open own %s.%s: %w", o.Table, c, err)
			}
			cell.Value = open
		}
		if slices.ContainsFunc(o.Ways, func(w privacy.Way) bool {
			return w.Via != privacy.OfFiles && w.Via != privacy.OfRecords && w.Column == c
		}) {
			cell.Value = r.who(cell.Value)
		}
		row.Cells = append(row.Cells, cell)
	}
	return row, nil
}

// sealedOwn are the sealed columns that a person's copy has in clear: the text they are
// bound to. All are sealed for the person's own id.
var sealedOwn = map[string]string{
	"users.id_number_enc": columnIDNumber, "users.phone_enc": columnPhone,
	"contacts.mail_enc": columnMail, "contacts.pending_enc": columnMail,
}

// who tells the person from everybody else, who is not named.
func (r *OwnReader) who(id any) any {
	switch id {
	case nil, "":
		return ""
	case r.user.ID:
		return "本人"
	}
	return "其他人员"
}

// readable is a value as both databases give it: MySQL sends numbers as text.
func readable(v any, kind string) any {
	if raw, ok := v.([]byte); ok {
		v = string(raw)
	}
	kind = strings.TrimPrefix(kind, "UNSIGNED ")
	switch text := fmt.Sprint(v); {
	case v == nil:
		return nil
	case kind == "TINYINT" || kind == "BOOLEAN":
		return text == "1" || text == "true"
	case strings.HasSuffix(kind, "INT") || kind == "INTEGER":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	}
	return v
}

// Files passes on every version of the person's files.
func (r *OwnReader) Files(each func(OwnFile) error) error {
	for ids := range slices.Chunk(r.ids[privacy.OfFiles], batchSize) {
		var files []OwnFile
		err := r.tx.Table("file_versions AS v").Joins("JOIN files AS f ON f.id = v.file_id").Joins("LEFT JOIN cases AS c ON c.id = f.case_id").
			Select("v.file_id, f.case_id, COALESCE(c.school_name, '') AS school, v.name, v.sha256, v.state, v.n, v.size").
			Where("v.file_id IN ? AND v.state <> ?", ids, FileErased).Order("v.file_id, v.n").Scan(&files).Error
		if err != nil {
			return fail(err, "list own files")
		}
		for _, f := range files {
			if err := each(f); err != nil {
				return err
			}
		}
	}
	return nil
}
