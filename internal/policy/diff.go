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
