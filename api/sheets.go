package api

import (
	"context"
	"io"
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/xlsx"
)

// A list answers ?format=xlsx with a workbook of all its rows: the list's own handler is
// asked page after page, so that filter, order and reach are the list's own.

// workbooks are those of all lists, by operation. A list is added with one entry
// here and the parameter Format in the contract.
var workbooks = joined(officeSheets, caseSheets, teacherSheets, privacySheets, registrySheets)

func joined(tables ...map[string]sheet) map[string]sheet {
	all := map[string]sheet{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// sheet is how a list's items become a workbook's rows.
type sheet struct {
	name    string
	item    reflect.Type // of the list's items
	columns []xlsx.Column
	rows    func(names *lookup, item any) [][]any
}

// cell is one column of a list of T.
type cell[T any] struct {
	xlsx.Column

	value func(names *lookup, item T) any
}

// col is a column whose value stands in the item itself.
func col[T any](title string, width float64, value func(T) any) cell[T] {
	return cell[T]{xlsx.Column{Title: title, Width: width}, func(_ *lookup, v T) any { return value(v) }}
}

// named is a column for which a name is looked up.
func named[T any](title string, width float64, value func(*lookup, T) any) cell[T] {
	return cell[T]{xlsx.Column{Title: title, Width: width}, value}
}

// workbook makes one row of each item.
func workbook[T any](name string, cells ...cell[T]) sheet {
	return workbookOfParts(name, func(v T) []T { return []T{v} }, cells...)
}

// workbookOfParts makes as many rows of an item as there are parts in it.
func workbookOfParts[T, Part any](name string, parts func(T) []Part, cells ...cell[Part]) sheet {
	s := sheet{name: name, item: reflect.TypeFor[T]()}
	for _, c := range cells {
		s.columns = append(s.columns, c.Column)
	}
	s.rows = func(names *lookup, item any) [][]any {
		return convert(parts(item.(T)), func(p Part) []any { //nolint:forcetypeassert // a test pairs every list with its item
			return convert(cells, func(c cell[Part]) any { return c.value(names, p) })
		})
	}
	return s
}

// exports gives every list in workbooks its own.
func (s *server) exports(next gen.StrictHandlerFunc, id string) gen.StrictHandlerFunc {
	list, ok := workbooks[strings.ToLower(id[:1])+id[1:]]
	if !ok {
		return next
	}
	return func(c *gin.Context, request any) (any, error) {
		if c.Query("format") != "xlsx" {
			return next(c, request)
		}
		return nil, s.sendSheet(c, next, request, list)
	}
}

// sendSheet finishes the workbook on disk before the answer begins, so that a fault still
// gets a proper answer.
func (s *server) sendSheet(c *gin.Context, next gen.StrictHandlerFunc, request any, list sheet) error {
	w, err := xlsx.New(list.name, list.columns)
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // temporary files
	names, rows := &lookup{ctx: c.Request.Context(), s: s}, 0
	err = eachPage(c, next, request, func(items reflect.Value) error {
		for i := range items.Len() {
			for _, row := range list.rows(names, items.Index(i).Interface()) {
				if rows++; rows > s.config.exportRows {
					return apperr.Newf(apperr.TooLarge, "要导出的超过 %d 行，请先用筛选条件缩小范围，再分次导出。", s.config.exportRows)
				}
				if err := w.Row(row...); err != nil {
					return err
				}
			}
		}
		return names.err
	})
	if err != nil {
		return err
	}
	file, size, err := spool(w)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // read to its end
	c.Header("Content-Type", xlsx.Type)
	c.Header("Content-Length", strconv.FormatInt(size, 10))
	c.Header("Content-Disposition", s.attachment("list", list.name, "xlsx"))
	c.Status(http.StatusOK)
	_, _ = io.Copy(c.Writer, file) // a client that went away is its own affair
	return nil
}

// eachPage asks a list's handler for one page after the other.
func eachPage(c *gin.Context, next gen.StrictHandlerFunc, request any, each func(items reflect.Value) error) error {
	asked := reflect.New(reflect.TypeOf(request)).Elem()
	asked.Set(reflect.ValueOf(request))
	params := asked.FieldByName("Params")
	paged := params.IsValid() && params.FieldByName("Cursor").IsValid()
	if paged {
		params.FieldByName("Cursor").SetString("")
		params.FieldByName("Limit").SetInt(exportPage)
	}
	for {
		answer, err := next(c, asked.Interface())
		if err != nil {
			return err
		}
		body := reflect.ValueOf(answer)
		if err := each(body.FieldByName("Items")); err != nil {
			return err
		}
		if !paged || body.FieldByName("Next").String() == "" {
			return nil
		}
		params.FieldByName("Cursor").SetString(body.FieldByName("Next").String())
	}
}

// lookup finds names that items only refer to, each once. The first fault is kept.
type lookup struct {
	ctx     context.Context //nolint:containedctx // lives no longer than the request
	s       *server
	err     error
	groups  map[string]string
	cohorts map[string]string
}

func (l *lookup) cohort(id string) string {
	if l.err != nil || id == "" {
		return ""
	}
	if l.cohorts == nil {
		l.cohorts = map[string]string{}
	}
	name, err := l.s.cohortName(l.ctx, l.cohorts, id)
	l.err = err
	return name
}

// group is a 教研组 of the case that the address names.
func (l *lookup) group(id string) string {
	if l.groups == nil && l.err == nil {
		l.groups = map[string]string{}
		rows, err := l.s.store.Groups(l.ctx, accessOf(l.ctx).c.ID)
		l.err = err
		for _, g := range rows {
			l.groups[g.ID] = g.Name
		}
	}
	return l.groups[id]
}
