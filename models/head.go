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
	"strconv"
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
func (l ChainLine) String() string { return l.CaseID + " " + strconv.Itoa(l.Seq) + " " + l.Hash }

// Digest is what the next head calls this one.
func (h DailyHead) Digest() string {
	raw, err := json.Marshal(h)
	if err != nil {
		panic(fmt.Sprintf("encode head: %v", err)) // strings and numbers only
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// FileName is what the head is called where it is kept.
func (h DailyHead) FileName() string { return fmt.Sprintf("%s-%020d.jsonl", h.Day, h.At.UnixMicro()) }

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

// ReadHead reads a file that Encode wrote.
func ReadHead(r io.Reader) (DailyHead, error) {
	lines, err := openHead(r)
	if err != nil {
		return lines.DailyHead, err
	}
	for lines.next() {
		lines.Lines = append(lines.Lines, lines.at)
	}
	return lines.DailyHead, lines.err
}

// MakeHead says how far everything goes now, with its lines.
func (s *Store) MakeHead(ctx context.Context, day, previous string, by *notary.Signer) (h DailyHead, err error) {
	err = s.StreamHead(ctx, day, previous, by, func(_ DailyHead, _ int64, r io.Reader) error {
		h, err = ReadHead(r)
		return err
	})
	return h, err
}

// StreamHead says how far everything goes now, in one snapshot, and gives it to put as a
// file of so many bytes: the lines are read once for their root and once more for the file.
func (s *Store) StreamHead(
	ctx context.Context, day, previous string, by *notary.Signer, put func(h DailyHead, size int64, r io.Reader) error,
) error {
	h := DailyHead{Day: day, At: s.Now(), Previous: previous, KeyID: by.ID()}
	return s.snapshot(ctx, func(tx *gorm.DB) error {
		var head AuditHead
		if err := tx.Limit(1).Find(&head).Error; err != nil {
			return fail(err, "read head of audit log")
		}
		h.Seq, h.Hash = head.Seq, head.Hash
		var all tree
		size := int64(0)
		err := eachChain(tx, func(l ChainLine) error {
			line := l.String()
			all.add(line)
			size += int64(len(line)) + 1
			h.Events += int64(l.Seq)
			return nil
		})
		if err != nil {
			return err
		}
		h.Cases, h.Root = all.size, all.root()
		h.Signature = by.Sign(notary.PurposeHead, h.message())
		first := h.Encode()
		from, to := io.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = to.CloseWithError(writeChains(tx, to, first))
		}()
		err = put(h, size+int64(len(first)), from)
		_ = from.Close()
		<-done // it reads in the snapshot
		return err
	})
}

func writeChains(tx *gorm.DB, to io.Writer, first []byte) error {
	out := bufio.NewWriter(to)
	if _, err := out.Write(first); err != nil {
		return err
	}
	err := eachChain(tx, func(l ChainLine) error {
		_, err := fmt.Fprintln(out, l)
		return err
	})
	return errors.Join(err, out.Flush())
}

// eachChain reads how far each case's events went.
func eachChain(tx *gorm.DB, fn func(ChainLine) error) error {
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
		if err := fn(l); err != nil {
			return err
		}
	}
	return fail(rows.Err(), "read chains of cases")
}

// HeadKnown reports whether one of our processes entered in the log that a head was kept.
func (s *Store) HeadKnown(ctx context.Context, h DailyHead) (bool, error) {
	var list []AuditEntry
	err := s.DB(ctx).Where("action = ? AND subject_kind = ? AND subject_id = ?", ActionHead, "head", h.Day).Find(&list).Error
	known := slices.ContainsFunc(list, func(e AuditEntry) bool {
		ours := e.MAC != foreignMark && (e.Seq != nil || s.marked(&e))
		return ours && headDigest(&e) == h.Digest()
	})
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
