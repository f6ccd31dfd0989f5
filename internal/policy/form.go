package policy

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"zhengxiao/internal/domain"
)

// Field is one value of a policy as a form may offer it. Type is integer, boolean, text,
// tenths (学时 and 分, integers in tenths), texts, integers, table, whose Columns are the
// members of each row, or other, for what a form can not show.
type Field struct {
	Path     string
	Title    string
	Type     string
	Optional bool
	Columns  []Column
}

// Column is one member of a table's rows.
type Column struct {
	Key      string
	Type     string
	Optional bool
}

// Form lists every value that a policy may lay down, by path.
func Form() []Field { return form(nil, reflect.TypeFor[domain.Policy](), false) }

func form(keys []string, t reflect.Type, optional bool) []Field {
	path := ""
	for _, key := range keys {
		path = join(path, key)
	}
	var fs fields
	switch t.Kind() {
	case reflect.Struct:
		fs = fieldsOf(t)
	case reflect.Map:
		fs = entriesOf(path, t)
	default:
		f := Field{Path: path, Title: titleOf(keys), Type: typeName(t), Optional: optional}
		if f.Type == "table" {
			f.Columns = columnsOf(t.Elem())
		}
		return []Field{f}
	}
	var list []Field
	for _, key := range slices.Sorted(maps.Keys(fs)) {
		list = append(list, form(append(slices.Clone(keys), key), fs[key].typ, !fs[key].required)...)
	}
	return list
}

func typeName(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[domain.Hours](), reflect.TypeFor[domain.Score]():
		return "tenths"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		return "text"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Slice:
		return map[reflect.Kind]string{reflect.String: "texts", reflect.Int: "integers", reflect.Struct: "table"}[t.Elem().Kind()]
	default:
		return "other"
	}
}

func columnsOf(t reflect.Type) []Column {
	columns := make([]Column, 0, t.NumField())
	for f := range t.Fields() { // in the order they are declared, as people read them
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		columns = append(columns, Column{Key: key, Type: typeName(f.Type), Optional: optional(options)})
	}
	return columns
}
