package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// unreleased is the release of a program that was built from somebody's checkout.
const unreleased = "开发版"

// release is set by the linker for a release.
var release = unreleased

// Version prints what the program was built from.
func Version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "显示版本", Args: NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(c.OutOrStdout(), "%s %s %s %s/%s\n",
				c.Root().Name(), Release(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// Release names what the program was built from.
func Release() string { return release + revision() }

// BuildID names what the program was built from to the engine: release and commit, as far
// as they are known. "" is a build of which nothing is known.
func BuildID() string {
	parts := strings.Fields(revision())
	if release != unreleased {
		parts = append([]string{release}, parts...)
	}
	return strings.Join(parts, "-")
}

// revision is the commit, when the build knew it.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	text, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			text = " " + s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+"
		}
	}
	return text + changed
}
