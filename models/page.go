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
// the list gave out before. The zero value is the first page.
type Page struct {
	Limit  int
	Cursor string
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
	raw, err := json.Marshal(keys(&rows[limit-1]))
	return rows, base64.RawURLEncoding.EncodeToString(raw), fail(err, doing)
}

// decode reads the cursor into the sort keys it was made of.
func (p Page) decode(keys []any) error {
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	got := slices.Clone(keys)
	if err == nil {
		err = json.Unmarshal(raw, &got)
	}
	if err != nil || !slices.Equal(got, keys) { // too many, too few, or null
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
