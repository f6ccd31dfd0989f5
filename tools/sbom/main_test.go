package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/stretchr/testify/require"
)

// bill reads what run writes about this test's own program and a lock file.
func bill(t *testing.T, lock string) []string {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "package-lock.json")
	require.NoError(t, os.WriteFile(path, []byte(lock), 0o600))
	var out bytes.Buffer
	require.NoError(t, run([]string{program, path}, &out))
	bom := new(cdx.BOM)
	require.NoError(t, cdx.NewBOMDecoder(&out, cdx.BOMFileFormatJSON).Decode(bom))
	var refs []string
	for _, c := range *bom.Components {
		refs = append(refs, c.PackageURL)
		require.NotEmpty(t, c.Version, c.Name)
	}
	require.True(t, slices.IsSorted(refs), "the same program has the same bill")
	return refs
}

func TestWhatIsLinkedAndWhatShipsIsNamed(t *testing.T) {
	t.Parallel()
	refs := bill(t, `{"packages": {"": {"name": "web", "version": "1.0.0"},
		"node_modules/vue": {"version": "3.5.0", "license": "MIT"},
		"node_modules/@vue/shared": {"version": "3.5.0"},
		"node_modules/a/node_modules/@vue/shared": {"version": "3.5.0"},
		"node_modules/vite": {"version": "7.0.0", "dev": true}}}`)
	require.Contains(t, refs, "pkg:npm/vue@3.5.0")
	require.Contains(t, refs, "pkg:npm/%40vue/shared@3.5.0")
	require.NotContains(t, refs, "pkg:npm/vite@7.0.0", "it makes the app and is not in it")
	require.NotContains(t, refs, "pkg:npm/web@1.0.0")
	for _, want := range []string{"pkg:golang/stdlib@", "pkg:golang/github.com/CycloneDX/cyclonedx-go@v"} {
		require.True(t, slices.ContainsFunc(refs, func(r string) bool { return strings.HasPrefix(r, want) }), want)
	}
}

func TestWhatIsNoProgramHasNoBill(t *testing.T) {
	t.Parallel()
	require.Error(t, run(nil, os.Stdout))
	require.Error(t, run([]string{"main.go", "main.go"}, os.Stdout))
	program, err := os.Executable()
	require.NoError(t, err)
	require.Error(t, run([]string{program, "main.go"}, os.Stdout))
}
