// Package sample makes values that schemas of the contract take, so that tests and attacks
// reach what is behind the reading of requests.
package sample

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Smallest is a value with what a schema requires and nothing else.
func Smallest(ref *openapi3.SchemaRef) any { return of(ref, false) }

// Whole is a value with every property, at every depth, and one element in each list.
func Whole(ref *openapi3.SchemaRef) any { return of(ref, true) }

func of(ref *openapi3.SchemaRef, whole bool) any {
	s := ref.Value
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type.Is("object"):
		o := map[string]any{}
		for name, property := range s.Properties {
			if whole || slices.Contains(s.Required, name) {
				o[name] = of(property, whole)
			}
		}
		return o
	case s.Type.Is("array"):
		if s.MinItems == 0 && !whole {
			return []any{}
		}
		return []any{of(s.Items, whole)}
	case s.Type.Is("integer"), s.Type.Is("number"):
		if s.Min != nil {
			return *s.Min
		}
		return 1.0
	case s.Type.Is("boolean"):
		return true
	}
	return text(s)
}

func text(s *openapi3.Schema) string {
	switch {
	case s.Format == "date-time":
		return "2026-03-02T01:00:00Z"
	case s.Format == "date":
		return "2026-03-02"
	case strings.HasSuffix(s.Pattern, "{32}$"), strings.HasSuffix(s.Pattern, "{64}$"):
		return strings.Repeat("0", int(*s.MaxLength))
	case s.Pattern == "^[a-z_]+$":
		return "a"
	}
	return strings.Repeat("1", max(1, int(s.MinLength)))
}
