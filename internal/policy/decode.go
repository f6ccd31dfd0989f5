package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxDepth is far deeper than any policy, and shallow enough for hostile documents.
const maxDepth = 16

// decode reads exactly one JSON object, keeping numbers as written. Unlike encoding/json
// it refuses a key that comes twice and broken UTF-8.
func decode(b []byte) (any, Errors) {
	if !utf8.Valid(b) {
		return nil, Errors{problem(CodeJSON, "", "不是有效的UTF-8文本")}
	}
	r := reader{json.NewDecoder(bytes.NewReader(b))}
	r.UseNumber()
	doc, err := r.value("", 0)
	if err == nil {
		if _, end := r.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("JSON之后还有多余内容")
		}
	}
	if err != nil {
		return nil, Errors{problem(CodeJSON, "", "不是有效的JSON(%v)", err)}
	}
	if _, ok := doc.(map[string]any); !ok {
		return nil, Errors{problem(CodeJSON, "", "须是一个JSON对象")}
	}
	return doc, nil
}

type reader struct{ *json.Decoder }

func (r reader) value(path string, depth int) (any, error) {
	token, err := r.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	switch {
	case !ok:
		return token, nil
	case depth == maxDepth:
		return nil, errors.New("嵌套过深")
	case delim == '{':
		return r.object(path, depth)
	}
	return r.array(path, depth)
}

func (r reader) object(path string, depth int) (any, error) {
	object := map[string]any{}
	for r.More() {
		token, err := r.Token()
		if err != nil {
			return nil, err
		}
		key, _ := token.(string)
		at := join(path, key)
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("%s出现了两次", at)
		}
		if object[key], err = r.value(at, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := r.Token()
	return object, err
}

func (r reader) array(path string, depth int) (any, error) {
	array := []any{}
	for r.More() {
		v, err := r.value(index(path, len(array)), depth+1)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	_, err := r.Token()
	return array, err
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
