package hygiene

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"zhengxiao/internal/apperr"
)

// maxDepth is how deep a body may nest; the contract's deepest has half of it.
const maxDepth = 16

// maxInteger is where readers of JSON begin to lose integers.
const maxInteger = 1 << 53

// JSON refuses a body that is no JSON, or that could be read in two ways: a name given
// twice, numbers that lose digits, nesting without end, text that Text refuses. line says
// which properties hold what Line allows only.
func JSON(body []byte, line func(property string) bool) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	r := reader{d: d, line: line}
	if err := r.value(""); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return notJSON(err)
	}
	return nil
}

type reader struct {
	d    *json.Decoder
	line func(string) bool
	path []string
}

func notJSON(err error) error {
	return apperr.Wrap(err, apperr.Invalid, "请求内容不是有效的 JSON，请检查后重试。")
}

func (r *reader) field() string { return strings.Join(r.path, ".") }

// value reads one value, which belongs to a property.
func (r *reader) value(property string) error {
	t, err := r.d.Token()
	if err != nil {
		return notJSON(err)
	}
	switch t := t.(type) {
	case json.Delim:
		if len(r.path) >= maxDepth {
			return apperr.Newf(apperr.Invalid, "请求内容嵌套超过 %d 层，请检查后重试。", maxDepth)
		}
		if t == '{' {
			return r.object()
		}
		return r.array(property)
	case string:
		return r.text(property, t)
	case json.Number:
		return r.number(t.String())
	}
	return nil
}

func (r *reader) object() error {
	seen := map[string]bool{}
	for r.d.More() {
		t, err := r.d.Token()
		if err != nil {
			return notJSON(err)
		}
		name, _ := t.(string)
		if c, bad := Line(name); bad {
			return apperr.Newf(apperr.Invalid, "请求内容的字段名含有无法识别的字符（%s），请检查后重试。", Name(c))
		}
		r.path = append(r.path, name)
		if seen[name] {
			return apperr.Newf(apperr.Invalid, "“%s”出现了不止一次，请检查后重试。", r.field()).On(r.field())
		}
		seen[name] = true
		if err := r.value(name); err != nil {
			return err
		}
		r.path = slices.Delete(r.path, len(r.path)-1, len(r.path))
	}
	return r.close()
}

func (r *reader) array(property string) error {
	for i := 0; r.d.More(); i++ {
		r.path = append(r.path, strconv.Itoa(i))
		if err := r.value(property); err != nil {
			return err
		}
		r.path = slices.Delete(r.path, len(r.path)-1, len(r.path))
	}
	return r.close()
}

func (r *reader) close() error {
	if _, err := r.d.Token(); err != nil {
		return notJSON(err)
	}
	return nil
}

func (r *reader) text(property, s string) error {
	check := Text
	if r.line(property) {
		check = Line
	}
	if c, bad := check(s); bad {
		return apperr.Newf(apperr.Invalid, "“%s”含有看不见或无法识别的字符（%s），请删去这一字符（或整段重新输入）后再提交。", r.field(), Name(c)).On(r.field())
	}
	return nil
}

func (r *reader) number(literal string) error {
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil || math.Abs(f) >= maxInteger || len(literal) > 24 {
		return apperr.Wrap(err, apperr.Invalid, fmt.Sprintf("“%s”的数值超出范围，请检查后重试。", r.field())).On(r.field())
	}
	return nil
}
