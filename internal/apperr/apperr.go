// Package apperr is the one error type of the system: a stable machine code and a
// message that a user may read. Whatever is not an *Error is internal, and its text
// never reaches a user.
package apperr

import (
	"errors"
	"fmt"
)

// Code is a stable, machine-readable kind of error. Codes cross HTTP as
// problem+json `code` and Temporal as ApplicationError.Type.
type Code string

// The general codes. Rules of the programme have codes of their own, declared in
// internal/domain beside the rule; they behave like Invalid or Conflict by their Class.
const (
	Invalid         Code = "invalid"          // the request is malformed or breaks a rule: 422
	MissingKey      Code = "idempotency_key"  // Idempotency-Key is missing or malformed: 400
	Unauthenticated Code = "unauthenticated"  // no valid session: 401
	PasswordChange  Code = "password_change"  // the first password must be changed before anything else: 403
	StepUp          Code = "step_up_required" // a fresh proof of who is asking is needed first: 403
	Locked          Code = "account_locked"   // too many failed logins: 429
	Forbidden       Code = "forbidden"        // the role may not do this: 403
	NotFound        Code = "not_found"        // absent, or outside the caller's scope: 404
	Conflict        Code = "conflict"         // the state does not allow this now: 409
	WrongStage      Code = "wrong_stage"      // the case is not in a stage that allows the action: 409
	Stale           Code = "stale"            // the caller saw an older version or task visit: 409
	CaseClosed      Code = "case_closed"      // the case has ended: 409
	KeyReused       Code = "key_reused"       // same Idempotency-Key, different body: 422
	TooLarge        Code = "too_large"        // body or file over the limit: 413
	Unavailable     Code = "unavailable"      // the engine or the database cannot be reached: 503
	Corrupt         Code = "corrupt_data"     // stored data fails its own check; an operator must act: 500
	DiskFull        Code = "disk_full"        // no space left: 507
	Internal        Code = "internal"         // anything else: 500
)

// Error carries a code, a message for the user (Simplified Chinese: what happened, why,
// what to do next), the request field it concerns if any, and the cause for the log.
type Error struct {
	Code    Code
	Message string
	Field   string
	Err     error
}

// New returns an Error with a user-readable message.
func New(code Code, message string) *Error {
	return &Error{Code: code, Message: message}
}

// Newf is New with a formatted message.
func Newf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Field returns an Invalid error about one named field of the request.
func Field(field, message string) *Error {
	return &Error{Code: Invalid, Field: field, Message: message}
}

// Wrap keeps the cause for the log and shows the user only code and message.
func Wrap(err error, code Code, message string) *Error {
	return &Error{Code: code, Message: message, Err: err}
}

// On returns a copy of e that names the request field it concerns.
func (e *Error) On(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first *Error in err's chain, Internal for any other
// error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// MessageOf returns what a user may read of err; unknown errors say only that
// something went wrong on our side.
func MessageOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Message
	}
	return "系统内部错误，请稍后重试；如仍失败，请联系系统管理员。"
}

// FieldOf returns the request field that err is about, if it names one.
func FieldOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Field
	}
	return ""
}

// Is reports whether err carries code.
func Is(err error, code Code) bool { return CodeOf(err) == code }
