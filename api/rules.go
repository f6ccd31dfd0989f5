package api

import (
	"slices"

	"zhengxiao/internal/domain"
)

// Allowed is what the access table says of an operation: whether it needs no login, and
// the roles that may, none of which is anybody who reaches the object. It is for those who
// attack the product in tests.
func Allowed(operationID string) (roles []domain.Role, open, known bool) {
	r, known := rules[operationID]
	return slices.Clone(r.roles), r.open, known
}
