package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// ActionID is the identity of what a person does: the same person doing the same thing
// to the same case under the same key is one action.
func ActionID(actorID, caseID string, kind Kind, key string) string {
	return hash("action", actorID, caseID, string(kind), key)
}

// SystemActionID is the identity of what a timer or a job reports: once per case, visit
// and subject.
func SystemActionID(caseID string, kind Kind, visit int, subject string) string {
	return hash("system", caseID, string(kind), strconv.Itoa(visit), subject)
}

// hash joins parts unambiguously: each is preceded by its length.
func hash(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(strconv.Itoa(len(p)) + ":" + p)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}
