// Command sbom writes a bill of materials in CycloneDX: the Go modules that are linked into
// a program, with their checksums, and the packages of the browser app that ship with it.
//
//	sbom PROGRAM PACKAGE-LOCK >bom.json
package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(2)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) != 2 {
		return errors.New("usage: sbom PROGRAM PACKAGE-LOCK")
	}
	bom := cdx.NewBOM()
	all, err := linked(bom, args[0])
	if err != nil {
		return err
	}
	packages, err := shipped(args[1])
	if err != nil {
		return err
	}
	all = append(all, packages...)
	slices.SortFunc(all, func(a, b cdx.Component) int { return cmp.Compare(a.BOMRef, b.BOMRef) })
	bom.Components = &all
	return cdx.NewBOMEncoder(out, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
}

// linked are the modules of a program, which says itself what it was made of.
func linked(bom *cdx.BOM, program string) ([]cdx.Component, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, fmt.Errorf("read program: %w", err)
	}
	bom.Metadata = &cdx.Metadata{Component: &cdx.Component{Type: cdx.ComponentTypeApplication, Name: info.Main.Path, Version: info.Main.Version}}
	goes := strings.TrimPrefix(info.GoVersion, "go")
	list := []cdx.Component{library("pkg:golang/stdlib@"+goes, "stdlib", goes)}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		if m.Version == "" || m.Version == "(devel)" {
			continue // of this repository
		}
		c := library("pkg:golang/"+m.Path+"@"+m.Version, m.Path, m.Version)
		c.Properties = &[]cdx.Property{{Name: "go:sum", Value: m.Sum}}
		list = append(list, c)
	}
	return list, nil
}

// shipped are the packages of a package-lock.json that are not for development only.
func shipped(lock string) ([]cdx.Component, error) {
	raw, err := os.ReadFile(lock) //nolint:gosec // G304: the caller names the file
	if err != nil {
		return nil, err
	}
	var content struct {
		Packages map[string]struct {
			Version   string `json:"version"`
			Integrity string `json:"integrity"`
			License   string `json:"license"`
			Dev       bool   `json:"dev"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(raw, &content); err != nil {
		return nil, fmt.Errorf("read %s: %w", lock, err)
	}
	seen := map[string]bool{}
	var list []cdx.Component
	for place, p := range content.Packages {
		_, name, ok := cutLast(place, "node_modules/")
		ref := "pkg:npm/" + strings.ReplaceAll(name, "@", "%40") + "@" + p.Version
		if !ok || p.Dev || seen[ref] {
			continue
		}
		seen[ref] = true
		c := library(ref, name, p.Version)
		c.Properties = &[]cdx.Property{{Name: "npm:integrity", Value: p.Integrity}}
		if p.License != "" {
			c.Licenses = &cdx.Licenses{{Expression: p.License}}
		}
		list = append(list, c)
	}
	return list, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func library(ref, name, version string) cdx.Component {
	return cdx.Component{BOMRef: ref, Type: cdx.ComponentTypeLibrary, Name: name, Version: version, PackageURL: ref}
}
