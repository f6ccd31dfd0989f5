package models

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/notary"
)

// DailyHead says how far the audit log and every case's events went: signed, chained to the
// head before it, and kept where the database's administrators cannot change it. As a file
// it is one line of JSON, and then one line a case.
type DailyHead struct {
	Day       string    `json:"day"` // in China
	At        time.Time `json:"at"`
	Seq       int64     `json:"seq"`  // of the last sealed entry of the audit log
	Hash      string    `json:"hash"` // of it
	Cases     int       `json:"cases"`
	Events    int64     `json:"events"`
	Root      string    `json:"root"` // of the tree over the lines of cases
	Previous  string    `json:"previous"`
	KeyID     string    `json:"key_id"`
	Signature string    `json:"signature,omitempty"`

	Lines []ChainLine `json:"-"`
}

// ChainLine is how far one case's events went.
type ChainLine struct {
	CaseID string
	Seq    int
	Hash   string
}

// String is the line as it stands in the file.
func (l ChainLine) String() string { return fmt.Sprintf("%s %d %s", l.CaseID, l.Seq, l.Hash) }

// Digest is what the next head calls this one.
func (h DailyHead) Digest() string {
	raw, err := json.Marshal(h)
	if err != nil {
		panic(fmt.Sprintf("encode head: %v", err)) // strings and numbers only
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// message is what the signature covers.
func (h DailyHead) message() string {
	h.Signature = ""
	return h.Digest()
}

// Check verifies the signature.
func (h DailyHead) Check(keys notary.Keys) error {
	return keys.Check(h.KeyID, notary.PurposeHead, h.message(), h.Signature)
}

// Encode writes the head as a file.
func (h DailyHead) Encode() []byte {
	var b bytes.Buffer
	raw, err := json.Marshal(h)
	if err != nil {
		panic(fmt.Sprintf("encode head: %v", err)) // strings and numbers only
	}
	b.Write(raw)
	b.WriteByte('\n')
	for _, l := range h.Lines {
		fmt.Fprintln(&b, l)
	}
	return b.Bytes()
}

var errHead = errors.New("not a daily head")

// ReadHead reads a file that Encode wrote.
func ReadHead(r io.Reader) (DailyHead, error) {
	var h DailyHead
	lines := bufio.NewScanner(r)
	if !lines.Scan() {
		return h, errors.Join(errHead, lines.Err())
	}
	if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
		return h, fmt.Errorf("%w: %w", errHead, err)
	}
	for lines.Scan() {
		var l ChainLine
		if _, err := fmt.Sscanf(lines.Text(), "%s %d %s", &l.CaseID, &l.Seq, &l.Hash); err != nil {
			return h, fmt.Errorf("%w: %w", errHead, err)
		}
		h.Lines = append(h.Lines, l)
	}
	return h, fail(lines.Err(), "read daily head")
}

// MakeHead says how far everything goes now, in one snapshot.
func (s *Store) MakeHead(ctx context.Context, day, previous string, by *notary.Signer) (DailyHead, error) {
	h := DailyHead{Day: day, At: s.Now(), Previous: previous, KeyID: by.ID()}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		var head AuditHead
		if err := tx.Limit(1).Find(&head).Error; err != nil {
			return fail(err, "read head of audit log")
		}
		h.Seq, h.Hash = head.Seq, head.Hash
		rows, err := tx.Model(&Case{}).Select("id, seq, head_hash").Order("id").Rows()
		if err != nil {
			return fail(err, "read chains of cases")
		}
		defer rows.Close() //nolint:errcheck // read to its end
		for rows.Next() {
			var l ChainLine
			if err := rows.Scan(&l.CaseID, &l.Seq, &l.Hash); err != nil {
				return fail(err, "read chain of case")
			}
			h.Lines, h.Events = append(h.Lines, l), h.Events+int64(l.Seq)
		}
		return fail(rows.Err(), "read chains of cases")
	})
	h.Cases = len(h.Lines)
	h.Root = root(h.Lines)
	h.Signature = by.Sign(notary.PurposeHead, h.message())
	return h, err
}

// HeadKnown reports whether the log says of a head that it was kept.
func (s *Store) HeadKnown(ctx context.Context, h DailyHead) (bool, error) {
	var list []AuditEntry
	err := s.DB(ctx).Where("action = ? AND subject_kind = ? AND subject_id = ?", ActionHead, "head", h.Day).Find(&list).Error
	known := slices.ContainsFunc(list, func(e AuditEntry) bool { return headDigest(&e) == h.Digest() })
	return known, fail(err, "look for head in audit log")
}

// headDigest is the digest of the head that an entry speaks of.
func headDigest(e *AuditEntry) string {
	var detail struct {
		Digest string `json:"digest"`
	}
	if json.Unmarshal([]byte(e.Detail), &detail) != nil {
		return ""
	}
	return detail.Digest
}

// HeadEntered notes in the log that a head was kept.
func (s *Store) HeadEntered(ctx context.Context, h DailyHead, object string) error {
	return s.AuditAlone(ctx, AuditEntry{Action: ActionHead, SubjectKind: "head", SubjectID: h.Day, Details: map[string]any{
		"object": object, "seq": h.Seq, "cases": h.Cases, "events": h.Events, "digest": h.Digest(),
	}})
}

func leaf(line string) [32]byte { return sha256.Sum256(append([]byte{0}, line...)) }

func node(a, b [32]byte) [32]byte {
	return sha256.Sum256(append(append([]byte{1}, a[:]...), b[:]...))
}

// level is the next level of a tree of hashes; an odd last one moves up as it is.
func level(below [][32]byte) [][32]byte {
	var up [][32]byte
	for i := 0; i < len(below); i += 2 {
		if i+1 == len(below) {
			up = append(up, below[i])
			break
		}
		up = append(up, node(below[i], below[i+1]))
	}
	return up
}

func leaves(lines []ChainLine) [][32]byte {
	list := make([][32]byte, len(lines))
	for i, l := range lines {
		list[i] = leaf(l.String())
	}
	return list
}

// root is the root of the tree over the lines, "" for none.
func root(lines []ChainLine) string {
	if len(lines) == 0 {
		return ""
	}
	at := leaves(lines)
	for len(at) > 1 {
		at = level(at)
	}
	return hex.EncodeToString(at[0][:])
}

// Proof is how a line leads to the root: each step is the other hash, and on which side.
type Proof []string

// Prove returns a case's line and its proof.
func (h DailyHead) Prove(caseID string) (ChainLine, Proof, bool) {
	at := -1
	for i, l := range h.Lines {
		if l.CaseID == caseID {
			at = i
		}
	}
	if at < 0 {
		return ChainLine{}, nil, false
	}
	line, proof := h.Lines[at], Proof{}
	for row := leaves(h.Lines); len(row) > 1; row, at = level(row), at/2 {
		other := at ^ 1
		if other == len(row) {
			continue
		}
		side := "R:"
		if other < at {
			side = "L:"
		}
		proof = append(proof, side+hex.EncodeToString(row[other][:]))
	}
	return line, proof, true
}

// Leads reports whether the proof leads from a line to a root.
func (p Proof) Leads(line ChainLine, to string) bool {
	at := leaf(line.String())
	for _, step := range p {
		side, text, _ := strings.Cut(step, ":")
		raw, err := hex.DecodeString(text)
		if err != nil || len(raw) != sha256.Size {
			return false
		}
		if side == "L" {
			at = node([32]byte(raw), at)
		} else {
			at = node(at, [32]byte(raw))
		}
	}
	return hex.EncodeToString(at[:]) == to
}

const headTable = "daily_heads"

// expect takes up what the heads say, once each is seen to be genuine.
func (v *verifier) expect(heads []DailyHead) {
	v.wanted, v.wantedLog, v.kept, v.entered = map[string]map[int]string{}, map[int64]DailyHead{}, map[string]bool{}, map[string]string{}
	previous := ""
	for i, h := range heads {
		v.report.Heads++
		v.signed(headTable, h.Day, h.KeyID, notary.PurposeHead, h.message(), h.Signature)
		if root(h.Lines) != h.Root || len(h.Lines) != h.Cases {
			v.findf(headTable, h.Day, TamperEdited, "各项目的行与摘要不符")
		}
		if i > 0 && h.Previous != previous {
			v.findf(headTable, h.Day, TamperDeleted, "与前一份每日摘要不衔接：中间有摘要不见了，或被替换")
		}
		if i == 0 && h.Previous != "" {
			v.findf(headTable, h.Day, TamperDeleted, "更早的每日摘要不见了")
		}
		previous = h.Digest()
		v.kept[previous] = true
		v.wantedLog[h.Seq] = h
		for _, l := range h.Lines {
			if v.wanted[l.CaseID] == nil {
				v.wanted[l.CaseID] = map[int]string{}
			}
			v.wanted[l.CaseID][l.Seq] = l.Hash
		}
	}
}

// missing finds what heads have seen and the database does not have any more.
func (v *verifier) missing() {
	for digest, day := range v.entered {
		if !v.kept[digest] {
			v.findf(headTable, day, TamperDeleted, "日志记着保存过这一份每日摘要，现在没有")
		}
	}
	for seq, h := range v.wantedLog {
		if seq > v.end {
			v.findf(logTable, span(v.end+1, seq), TamperCut, "%s 的每日摘要见过第%d条，现在只到第%d条", h.Day, seq, v.end)
		}
	}
	for id, seqs := range v.wanted {
		for seq := range seqs {
			if seq > 0 {
				v.findf(eventTable, fmt.Sprintf("%s%s%d", id, keySeparator, seq), TamperCut, "每日摘要见过第%d个事件，现在没有", seq)
			}
		}
	}
}

// headSees compares an event with what a head has seen.
func (v *verifier) headSees(e *Event, key string) {
	want, seen := v.wanted[e.CaseID][e.Seq]
	if !seen {
		return
	}
	delete(v.wanted[e.CaseID], e.Seq)
	if want == e.Hash {
		return
	}
	if at, rebuilt := v.rebuilt[e.CaseID]; rebuilt {
		v.notef("项目 %s 于 %s 经核对重建，其后的事件与更早的每日摘要不同属正常。", e.CaseID, plainValue(at))
		return
	}
	v.findf(eventTable, key, TamperRewritten, "与每日摘要所见的不同")
}
