package privacy

import (
	"maps"
	"slices"
	"strings"
)

// Column is one column that holds personal data, or may.
type Column struct {
	Table      string
	TableTitle string
	Name       string
	Class      Class
}

// holds are the columns of a table by class, separated by blanks.
type holds map[string]string

// table states every column of one table: impersonal ones tell of nobody.
type table struct {
	name, title string
	personal    holds
	impersonal  string
}

// Columns lists the inventory by table, in the order of the classes.
func Columns() []Column {
	var all []Column
	for _, t := range tables {
		for _, c := range classes {
			for name := range strings.FieldsSeq(t.personal[c.Code]) {
				all = append(all, Column{t.name, t.title, name, c})
			}
		}
	}
	return all
}

// Classes are all kinds of personal data.
func Classes() []Class { return slices.Clone(classes) }

// Stated lists what is said of each table: column → class, "" for what tells of nobody.
// A column that is stated twice has the classes joined by a comma.
func Stated() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, t := range tables {
		columns := map[string]string{}
		for _, class := range slices.Sorted(maps.Keys(t.personal)) {
			for name := range strings.FieldsSeq(t.personal[class]) {
				columns[name] = strings.TrimPrefix(columns[name]+","+class, ",")
			}
		}
		for name := range strings.FieldsSeq(t.impersonal) {
			if columns[name] != "" {
				columns[name] += ","
				continue
			}
			columns[name] = ""
		}
		all[t.name] = columns
	}
	return all
}
