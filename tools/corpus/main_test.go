package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func put(t *testing.T, dir, name string, size int) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat("x", size)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Inputs of all sizes are kept, none that is too large, and nothing that is there goes.
func TestInputsOfAllSizesAreKept(t *testing.T) {
	t.Parallel()
	found, kept := t.TempDir(), t.TempDir()
	put(t, kept, "crash", 1)
	put(t, found, "huge", largest+1)
	for i := range 100 {
		put(t, found, fmt.Sprintf("%03d", i), i+1)
	}
	n, err := keep(found, kept)
	if err != nil {
		t.Fatal(err)
	}
	all, err := small(kept)
	if err != nil {
		t.Fatal(err)
	}
	if n != most-1 || len(all) != most {
		t.Fatalf("kept %d, there are %d", n, len(all))
	}
	if all[0].name != "crash" && all[1].name != "crash" || all[len(all)-1].name != "099" {
		t.Fatalf("kept %v", all)
	}
	if n, err = keep(found, kept); err != nil || n != 0 {
		t.Fatalf("kept %d more: %v", n, err)
	}
}

// What was found for a target of another signature cannot be run any more.
func TestInputsOfFormerSignaturesAreLeftOut(t *testing.T) {
	t.Parallel()
	found, kept := t.TempDir(), t.TempDir()
	for name, body := range map[string]string{"old": "v1\nint(1)\nstring(\"a\")\n", "new": "v1\nstring(\"b\")\n", "newest": "v1\nstring(\"c\")\n"} {
		at := time.Unix(int64(len(name)), 0)
		if err := os.WriteFile(filepath.Join(found, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(found, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	n, err := keep(found, kept)
	if err != nil || n != 2 {
		t.Fatalf("kept %d: %v", n, err)
	}
}

func TestATargetThatFoundNothingKeepsNothing(t *testing.T) {
	t.Parallel()
	n, err := keep(filepath.Join(t.TempDir(), "none"), filepath.Join(t.TempDir(), "kept"))
	if err != nil || n != 0 {
		t.Fatalf("kept %d: %v", n, err)
	}
}
