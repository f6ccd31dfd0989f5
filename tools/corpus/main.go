// Program corpus keeps some of what a fuzz target found interesting beside the target, so
// that every run of the tests tries it. Usage: corpus FOUND KEPT, both folders: where the
// build cache has the inputs, and the target's folder below testdata/fuzz.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// What is kept of a target: enough to reach most of its branches, little enough to review.
const (
	most    = 12
	largest = 4 << 10 // bytes
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: corpus FOUND KEPT")
		os.Exit(2)
	}
	n, err := keep(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stdout, "kept %d\n", n)
}

type input struct {
	name string
	size int64
	at   time.Time
}

// keep copies inputs of all sizes until there are enough of them. Those that are kept
// already stay: some are crashes of former times.
func keep(found, kept string) (int, error) {
	inputs, err := small(found)
	if err != nil {
		return 0, err
	}
	if inputs, err = alike(found, inputs); err != nil {
		return 0, err
	}
	there, err := small(kept)
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(kept, 0o750); err != nil { //nolint:gosec // G703: the caller names the folders
		return 0, fmt.Errorf("make folder: %w", err)
	}
	n := 0
	for _, in := range spread(inputs, most-len(there)) {
		if slices.ContainsFunc(there, func(t input) bool { return t.name == in.name }) {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(found, in.name)) //nolint:gosec // G703: as above
		if err == nil {
			err = os.WriteFile(filepath.Join(kept, in.name), raw, 0o600) //nolint:gosec // G703: as above
		}
		if err != nil {
			return n, fmt.Errorf("keep input: %w", err)
		}
		n++
	}
	return n, nil
}

// alike leaves out inputs of former signatures of the target, which the cache never drops:
// those of other types than the newest.
func alike(dir string, all []input) ([]input, error) {
	if len(all) == 0 {
		return nil, nil
	}
	want, err := shape(dir, slices.MaxFunc(all, func(a, b input) int { return a.at.Compare(b.at) }))
	if err != nil {
		return nil, err
	}
	var same []input
	for _, in := range all {
		got, err := shape(dir, in)
		if err != nil {
			return nil, err
		}
		if got == want {
			same = append(same, in)
		}
	}
	return same, nil
}

// shape is the types of an input's values: each is a line, after one with the version.
func shape(dir string, in input) (string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, in.name)) //nolint:gosec // G703: as above
	if err != nil {
		return "", fmt.Errorf("read input: %w", err)
	}
	var types []string
	for line := range strings.Lines(string(raw)) {
		if kind, _, ok := strings.Cut(line, "("); ok {
			types = append(types, kind)
		}
	}
	return strings.Join(types, "\n"), nil
}

// small lists the files of a folder that are not too large, smallest first.
func small(dir string) ([]input, error) {
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list folder: %w", err)
	}
	var all []input
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			return nil, fmt.Errorf("look at input: %w", err)
		}
		if info.Mode().IsRegular() && info.Size() <= largest {
			all = append(all, input{f.Name(), info.Size(), info.ModTime()})
		}
	}
	slices.SortStableFunc(all, func(a, b input) int { return int(a.size - b.size) })
	return all, nil
}

// spread picks n of them evenly.
func spread(all []input, n int) []input {
	if n <= 0 {
		return nil
	}
	if len(all) <= n {
		return all
	}
	picked := make([]input, n)
	for i := range picked {
		picked[i] = all[i*(len(all)-1)/max(n-1, 1)]
	}
	return picked
}
