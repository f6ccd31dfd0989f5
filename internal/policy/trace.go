package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Setting is one value of a merged policy and the layer that set it last. A list is one
// value: layers replace lists as a whole.
type Setting struct {
	Path  string // as in problems: members joined by dots
	Title string // for people
	Value any    // as in JSON, numbers as json.Number
	Layer int    // index into the layers, -1 when none of them explains the value
}

// BaseLayers returns the documents that the base policy of a programme is made of, by the
// programme each was written for: 1.0 is kept as its differences from 2.0.
func BaseLayers(programme string) (names []string, layers [][]byte, err error) {
	names = []string{"2.0"}
	if programme != "2.0" {
		names = append(names, programme)
	}
	for _, name := range names {
		b, err := data.ReadFile("data/base-" + name + ".json")
		if err != nil {
			return nil, nil, fmt.Errorf("read base policy: %w", err)
		}
		layers = append(layers, b)
	}
	return names, layers, nil
}

// Trace lists the values of a merged policy by path, each with the last of the layers that
// set it to this value.
func Trace(canonical []byte, layers ...[]byte) ([]Setting, error) {
	doc, problems := decode(canonical)
	if len(problems) > 0 {
		return nil, problems
	}
	patches := make([]any, len(layers))
	for i, b := range layers {
		patch, problems := decode(b)
		if len(problems) > 0 {
			return nil, problems.in(i, len(layers))
		}
		patches[i] = patch
	}
	return trace(nil, doc, patches), nil
}

func trace(keys []string, v any, patches []any) []Setting {
	object, ok := v.(map[string]any)
	if !ok {
		return []Setting{{Path: strings.Join(keys, "."), Title: titleOf(keys), Value: v, Layer: setBy(v, patches)}}
	}
	var list []Setting
	for _, key := range slices.Sorted(maps.Keys(object)) {
		members := make([]any, len(patches))
		for i, p := range patches {
			members[i] = member(p, key)
		}
		list = append(list, trace(append(slices.Clone(keys), key), object[key], members)...)
	}
	return list
}

// setBy is the last of the patches that says anything of a value, if that is the value.
func setBy(v any, patches []any) int {
	for i, p := range slices.Backward(patches) {
		if p != nil && string(encode(p)) == string(encode(v)) {
			return i
		}
		if p != nil {
			break
		}
	}
	return -1
}
