// Package cli is what the two programs share of a command line: exit codes, errors and
// help in the user's language, and the commands that both have.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"zhengxiao/internal/apperr"
)

// The exit codes.
const (
	OK       = 0
	Failure  = 1
	Usage    = 2
	Findings = 3 // reconcile: differences are left
)

// UsageError is a mistake in how a program was called.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

func (e *UsageError) Unwrap() error { return e.Err }

// ErrFindings ends a command whose findings have been printed.
var ErrFindings = errors.New("findings are left")

// ErrTampered ends a verification that has printed what it found.
var ErrTampered = errors.New("something was changed")

// Main runs the command line and returns the exit code. It writes results to out and
// everything else to errs.
func Main(ctx context.Context, root *cobra.Command, args []string, out, errs io.Writer) int {
	prepare(root)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	usage, wrongUsage := errors.AsType[*UsageError](err)
	switch {
	case err == nil:
		return OK
	case errors.Is(err, ErrFindings):
		return Findings
	case errors.Is(err, ErrTampered):
		return Failure
	case wrongUsage:
		fmt.Fprintf(errs, "%s\n用 %s --help 查看用法。\n", apperrText(usage.Err), root.Name())
		return Usage
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(errs, "已中断，没有完成。")
		return Failure
	}
	Explain(errs, err)
	return Failure
}

// Explain tells the operator what went wrong, with the stable code and the cause.
func Explain(w io.Writer, err error) {
	fmt.Fprintf(w, "错误（%s）：%s\n", apperr.CodeOf(err), apperr.MessageOf(err))
	if e, ok := errors.AsType[*apperr.Error](err); !ok || e.Err != nil {
		cause := err
		if ok {
			cause = e.Err
		}
		fmt.Fprintf(w, "  原因：%v\n", cause)
	}
}

func apperrText(err error) string {
	if e, ok := errors.AsType[*apperr.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// prepare puts cobra's own words into the user's language.
func prepare(root *cobra.Command) {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(&cobra.Command{Use: "help", Hidden: true})
	root.PersistentFlags().BoolP("help", "h", false, "显示帮助")
	root.SetUsageTemplate(usageTemplate)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return &UsageError{fmt.Errorf("参数有误：%w", err)}
	})
}

const usageTemplate = `用法：
  {{if .Runnable}}{{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} <命令>

命令：{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

参数：
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

公共参数：
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`

// NoArgs refuses arguments: for the root command they are unknown commands.
func NoArgs(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case c.HasSubCommands():
		return &UsageError{fmt.Errorf("没有“%s”这个命令", args[0])}
	}
	return &UsageError{fmt.Errorf("命令 %s 不接受参数“%s”", c.Name(), args[0])}
}

// NeedCommand is what a root command does when no command was named.
func NeedCommand(c *cobra.Command, _ []string) error {
	c.SetOut(c.ErrOrStderr())
	_ = c.Help()
	return &UsageError{errors.New("请给出要执行的命令")}
}

// printJSON writes a result for programs.
func printJSON(w io.Writer, result any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(result)
}
