package registry

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"

	"zhengxiao/internal/domain"
)

// Key is what the registry books hours by: a teacher's year in a case.
type Key struct {
	CaseID string
	UserID string
	Year   int
}

// Record is one line for the registry. What a number stood for once it stands for always:
// whoever gets it twice books it once.
type Record struct {
	Key

	No       string
	Rev      int          // 1, 2, … within the key, reversals counted too
	Hours    domain.Hours // below zero takes Reverses back (冲正)
	Reverses string       // number of the record it takes back
}

// NewRecord is the record of a key's revision. Its number follows from these alone, so that
// two who make it at once make the same.
func NewRecord(k Key, rev int, hours domain.Hours, reverses string) Record {
	return Record{No: number(k, rev), Key: k, Rev: rev, Hours: hours, Reverses: reverses}
}

// number is "ZX2022-" and 16 letters and digits.
func number(k Key, rev int) string {
	var b strings.Builder
	for _, p := range []string{k.CaseID, k.UserID, strconv.Itoa(k.Year), strconv.Itoa(rev)} {
		b.WriteString(strconv.Itoa(len(p)) + ":" + p)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return fmt.Sprintf("ZX%04d-%s", k.Year, base32.StdEncoding.EncodeToString(sum[:10]))
}

// State is where a record stands.
type State string

// The states. Only a dispute is left by a person's word.
const (
	Queued       State = "queued"       // 待报送
	Sent         State = "sent"         // 已报送，待回执: the registry may have it
	Acknowledged State = "acknowledged" // 已登记
	Refused      State = "refused"      // 已退回
	Disputed     State = "disputed"     // 回执矛盾，待核实
)

// States lists every state.
func States() []State { return []State{Queued, Sent, Acknowledged, Refused, Disputed} }

var stateNames = map[State]string{
	Queued: "待报送", Sent: "已报送，待回执", Acknowledged: "已登记", Refused: "被退回", Disputed: "回执矛盾，待核实",
}

// Name is what users see.
func (s State) Name() string { return stateNames[s] }

// Concluded reports whether the registry has answered and nothing contradicts it.
func (s State) Concluded() bool { return s == Acknowledged || s == Refused }
