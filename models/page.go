package models

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// Page asks for part of a list: at most Limit rows after Cursor, which is a Next that
// the list gave out before in the same order. Sort is one of the orders that the list
// offers, "" its usual one. The zero value is the first page.
type Page struct {
	Limit  int
	Cursor string
	Sort   string
}

// The bounds of a page.
const (
	defaultLimit = 50
	maxLimit     = 500
)

func (p Page) limit() int {
	if p.Limit <= 0 {
		return defaultLimit
	}
	return min(p.Limit, maxLimit)
}

// paged reads one page of q and the cursor of the next, "" when there is none. order is
// an ORDER BY over columns that together are unique; keys points at the fields of a row
// that hold them, none of which may be NULL. doing names the query in errors.
func paged[T any](q *gorm.DB, p Page, order string, keys func(*T) []any, doing string) ([]T, string, error) {
	limit := p.limit()
	q = q.Order(order).Limit(limit + 1) // one more tells whether there is a next page
	if p.Cursor != "" {
		last := keys(new(T))
		if err := p.decode(last); err != nil {
			return nil, "", err
		}
		sql, args := beyond(strings.Split(order, ", "), last)
		q = q.Where(sql, args...)
	}
	var rows []T
	if err := q.Find(&rows).Error; err != nil {
		return nil, "", fail(err, doing)
	}
	if len(rows) <= limit {
		return rows, "", nil
	}
	rows = rows[:limit]
	raw, err := json.Marshal(bound(&p.Sort, keys(&rows[limit-1])))
	return rows, base64.RawURLEncoding.EncodeToString(raw), fail(err, doing)
}

// order is one way to sort a list: an ORDER BY, and where a row holds its columns, as
// paged takes them.
type order[T any] struct {
	by   string
	keys func(*T) []any
}

// columns are those an order compares, for a query that reads nothing else.
func (o order[T]) columns() string { return strings.ReplaceAll(o.by, " DESC", "") }

// chosen is the order that a page asks for, usual when it names none.
func chosen[T any](orders map[string]order[T], p Page, usual string) (order[T], Page, error) {
	if p.Sort == "" {
		p.Sort = usual
	}
	o, ok := orders[p.Sort]
	if !ok {
		return o, p, apperr.Field("sort", "这个列表不能这样排序，可选："+strings.Join(sortedKeys(orders), "、")+"。")
	}
	return o, p, nil
}

// bound puts the order before the keys of a cursor, so that it fits no other one.
func bound(sort *string, keys []any) []any {
	if *sort == "" {
		return keys
	}
	return append([]any{sort}, keys...)
}

// decode reads the cursor into the sort keys it was made of.
func (p Page) decode(keys []any) error {
	order := p.Sort
	keys = bound(&order, keys)
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	got := slices.Clone(keys)
	if err == nil {
		err = json.Unmarshal(raw, &got)
	}
	if err != nil || !slices.Equal(got, keys) || order != p.Sort { // too many, too few, null, or another order's
		return apperr.Wrap(err, apperr.Invalid, "翻页参数无效，请从第一页重新查看。").On("cursor")
	}
	return nil
}

// beyond is the condition for rows that come after the one with these keys.
func beyond(order []string, keys []any) (string, []any) {
	column, descending := strings.CutSuffix(order[0], " DESC")
	sql := column + " > ?"
	if descending {
		sql = column + " < ?"
	}
	if len(keys) == 1 {
		return sql, keys
	}
	rest, args := beyond(order[1:], keys[1:])
	return "(" + sql + " OR (" + column + " = ? AND " + rest + "))", append([]any{keys[0], keys[0]}, args...)
}

// contains is the LIKE pattern for text anywhere in a column.
func contains(text string) string { return "%" + likeEscape.Replace(text) + "%" }

// likeEscape takes the meaning from LIKE's wildcards; queries say ESCAPE '!'.
var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")
