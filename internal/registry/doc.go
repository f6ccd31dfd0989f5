// Package registry holds the rules of registering confirmed hours with the registry of
// continuing education (继续教育学时登记): which record a teacher's year needs, what is
// wrong with it before it is sent, what an answer of the registry means, and when the
// books agree. It is pure: no SQL, no HTTP, no clock.
package registry

import "zhengxiao/internal/apperr"

// Codes of the registry's rules.
const (
	CodeNotSent    apperr.Code = "registry_not_sent"   // an answer to a record that was never sent
	CodeConcluded  apperr.Code = "registry_concluded"  // the registry has answered: nothing more is sent
	CodeUndisputed apperr.Code = "registry_undisputed" // nothing to settle
	CodeSettle     apperr.Code = "registry_settle"     // a dispute ends with acknowledged or refused
	CodeNoReverse  apperr.Code = "registry_no_reverse" // this record cannot be taken back
)
