package policy

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"zhengxiao/internal/domain"
)

// Slots lists the kinds of upload a policy has a file rule for.
func Slots() []string {
	return []string{"plan", "summary", "practice", "activity", "teaching_case", "dossier", "diagnosis", "plan_part"}
}

// waiting lists the stages a case waits in, all but the last.
func waiting() []string {
	var names []string
	for _, s := range domain.Stages() {
		if s != domain.StageClosed {
			names = append(names, string(s))
		}
	}
	return names
}

// checker compares a document with the shape of domain.Policy. In a patch, members may be
// absent or null; in a complete document none that the type requires may be.
type checker struct {
	patch    bool
	problems Errors
}

// checkPatch returns the patch without the parts that are wrong, so that the rest can
// still be merged and judged, and what is wrong.
func checkPatch(doc any) (any, Errors) { return check(doc, true) }

func checkComplete(doc any) (any, Errors) { return check(doc, false) }

func check(doc any, patch bool) (any, Errors) {
	c := &checker{patch: patch}
	clean, _ := c.value("", doc, reflect.TypeFor[domain.Policy]())
	return clean, c.problems
}

// value returns v without what is wrong in it; false when nothing of it can be used.
func (c *checker) value(path string, v any, t reflect.Type) (any, bool) {
	switch t.Kind() {
	case reflect.Struct:
		return c.object(path, v, fieldsOf(t))
	case reflect.Map:
		return c.object(path, v, entriesOf(path, t))
	case reflect.Slice:
		return c.array(path, v, t.Elem())
	case reflect.String:
		_, ok := v.(string)
		return v, c.typed(ok, path, "须是文字")
	case reflect.Bool:
		_, ok := v.(bool)
		return v, c.typed(ok, path, "须是true或false")
	default:
		n, ok := v.(json.Number)
		_, err := strconv.ParseInt(n.String(), 10, t.Bits())
		return v, c.typed(ok && err == nil, path, "须是整数")
	}
}

func (c *checker) typed(ok bool, path, text string) bool {
	if !ok {
		c.problems = append(c.problems, problem(CodeType, path, "%s", text))
	}
	return ok
}

// fields are an object's members by key.
type fields map[string]field

type field struct {
	typ      reflect.Type
	required bool
}

func fieldsOf(t reflect.Type) fields {
	fs := fields{}
	for f := range t.Fields() {
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		fs[key] = field{f.Type, !optional(options)}
	}
	return fs
}

// optional reports whether the options of a JSON tag allow a member to be left out.
func optional(options string) bool { return options == "omitempty" || options == "omitzero" }

// entriesOf gives the keys of the policy's two maps; each must have every key.
func entriesOf(path string, t reflect.Type) fields {
	keys := Slots()
	if path == "deadlines" {
		keys = waiting()
	}
	fs := fields{}
	for _, key := range keys {
		fs[key] = field{t.Elem(), true}
	}
	return fs
}

func (c *checker) object(path string, v any, fs fields) (any, bool) {
	object, ok := v.(map[string]any)
	if !c.typed(ok, path, "须是对象") {
		return nil, false
	}
	clean := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		at, f := join(path, key), fs[key]
		switch {
		case f.typ == nil:
			c.problems = append(c.problems, problem(CodeUnknownKey, at, "没有这一项，请核对拼写"))
		case c.patch && object[key] == nil:
			clean[key] = nil
		default:
			if part, ok := c.value(at, object[key], f.typ); ok {
				clean[key] = part
			}
		}
	}
	if c.patch {
		return clean, true
	}
	for _, key := range slices.Sorted(maps.Keys(fs)) {
		if _, ok := object[key]; !ok && fs[key].required {
			c.problems = append(c.problems, problem(CodeMissingKey, join(path, key), "缺少这一项"))
		}
	}
	return clean, true
}

// array checks a list, which in a patch replaces the old one and so must be complete and
// right in every element to be of use.
func (c *checker) array(path string, v any, elem reflect.Type) (any, bool) {
	list, ok := v.([]any)
	if !c.typed(ok, path, "须是列表") {
		return nil, false
	}
	inner := &checker{}
	for i, e := range list {
		inner.value(index(path, i), e, elem)
	}
	c.problems = append(c.problems, inner.problems...)
	return list, len(inner.problems) == 0
}
