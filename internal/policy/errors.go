package policy

import (
	"fmt"
	"strings"

	"zhengxiao/internal/apperr"
)

// Errors is everything that is wrong with a policy, in the order found.
type Errors []*apperr.Error

func (p Errors) Error() string {
	texts := make([]string, len(p))
	for i, e := range p {
		texts[i] = e.Field + ": " + e.Error()
	}
	return strings.Join(texts, "\n")
}

// Unwrap lets errors.As find the single problems; apperr.CodeOf gives the first's code.
func (p Errors) Unwrap() []error {
	errs := make([]error, len(p))
	for i, e := range p {
		errs[i] = e
	}
	return errs
}

// orNil keeps an empty list from becoming a non-nil error.
func (p Errors) orNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// in says which of several overlays the problems are in.
func (p Errors) in(index, of int) Errors {
	if of < 2 {
		return p
	}
	for _, e := range p {
		e.Message = fmt.Sprintf("第%d份叠加策略：%s", index+1, e.Message)
	}
	return p
}

func problem(code apperr.Code, path, format string, args ...any) *apperr.Error {
	at := "策略"
	if words := place(path); words != "" {
		at = "“" + words + "”"
	} else if path != "" {
		at = "策略的 " + path + " "
	}
	return apperr.Newf(code, "%s有误：%s。请修改后重新提交。", at, fmt.Sprintf(format, args...)).On(path)
}
