package models

import (
	"encoding/base64"
	"encoding/json"
	"strings"

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

// after decodes the cursor into the sort keys it was made of; false means the first page.
func (p Page) after(keys ...any) (bool, error) {
	if p.Cursor == "" {
		return false, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err == nil {
		err = json.Unmarshal(raw, &keys)
	}
	if err != nil {
		return false, apperr.Wrap(err, apperr.Invalid, "翻页参数无效，请从第一页重新查看。").On("cursor")
	}
	return true, nil
}

// paged cuts rows, of which one more than the limit was read, and makes the cursor of
// the next page from the last row kept.
func paged[T any](rows []T, limit int, keys func(T) []any) ([]T, string, error) {
	if len(rows) <= limit {
		return rows, "", nil
	}
	rows = rows[:limit]
	raw, err := json.Marshal(keys(rows[limit-1]))
	if err != nil {
		return nil, "", err
	}
	return rows, base64.RawURLEncoding.EncodeToString(raw), nil
}

// contains is the LIKE pattern for text anywhere in a column.
func contains(text string) string { return "%" + likeEscape.Replace(text) + "%" }

// likeEscape takes the meaning from LIKE's wildcards; queries say ESCAPE '!'.
var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")
