package policy

import (
	"maps"
	"slices"
)

// Change is a value that differs between two merged policies; a side that has no such
// value is nil. A list is one value.
type Change struct {
	Path  string
	Title string
	Old   any
	New   any
}

// Diff lists what changes from one merged policy to another, by path.
func Diff(from, to []byte) ([]Change, error) {
	old, err := Trace(from)
	if err != nil {
		return nil, err
	}
	now, err := Trace(to)
	if err != nil {
		return nil, err
	}
	changes := map[string]Change{}
	for _, v := range old {
		changes[v.Path] = Change{Path: v.Path, Title: v.Title, Old: v.Value}
	}
	for _, v := range now {
		c := changes[v.Path]
		if c.Old != nil && string(encode(c.Old)) == string(encode(v.Value)) {
			delete(changes, v.Path)
			continue
		}
		changes[v.Path] = Change{Path: v.Path, Title: v.Title, Old: c.Old, New: v.Value}
	}
	list := make([]Change, 0, len(changes))
	for _, path := range slices.Sorted(maps.Keys(changes)) {
		list = append(list, changes[path])
	}
	return list, nil
}

// DiffPatches lists what two patches would make differ in a complete policy, were it
// valid or not: a version of long ago may not fit the base any more.
func DiffPatches(base, before, after []byte) ([]Change, error) {
	sides := make([][]byte, 2)
	for i, patch := range [][]byte{before, after} {
		doc, problems := decode(base)
		layer, more := decode(patch)
		if problems = append(problems, more...); len(problems) > 0 {
			return nil, problems
		}
		sides[i] = encode(merge(doc, layer))
	}
	return Diff(sides[0], sides[1])
}
