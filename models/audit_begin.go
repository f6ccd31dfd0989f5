package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/notary"
)

// BeginAudit has events signed from now on, enters the key in the log unless it is there,
// and states every row from before there was a log. It may be called again, by every worker
// that starts.
func (s *Store) BeginAudit(ctx context.Context, by *notary.Signer) error {
	s.SignWith(by)
	if err := s.enterKey(ctx, by); err != nil {
		return err
	}
	done, err := s.entered(ctx, ActionBaselined, "")
	if err != nil || done {
		return err
	}
	for _, table := range slices.Sorted(maps.Keys(statedTables)) {
		if err := s.stateAll(ctx, table); err != nil {
			return err
		}
	}
	return s.AuditAlone(ctx, AuditEntry{Action: ActionBaselined, SubjectKind: "audit"})
}

// entered reports whether the log has an entry of an action about something.
func (s *Store) entered(ctx context.Context, action, subject string) (bool, error) {
	var ids []string
	q := s.DB(ctx).Model(&AuditEntry{}).Where("action = ?", action)
	if subject != "" {
		q = q.Where("subject_id = ?", subject)
	}
	err := q.Limit(1).Pluck("id", &ids).Error
	return len(ids) > 0, fail(err, "look into audit log")
}

// enterKey says from when on a key signs, and what of the events was unsigned then.
func (s *Store) enterKey(ctx context.Context, by *notary.Signer) error {
	known, err := s.entered(ctx, ActionKey, by.ID())
	if err != nil || known {
		return err
	}
	u, err := s.unsigned(ctx)
	if err != nil {
		return err
	}
	return s.AuditAlone(ctx, AuditEntry{Action: ActionKey, SubjectKind: "key", SubjectID: by.ID(), Details: map[string]any{
		"public": by.Public(), "unsigned_cases": u.cases, "unsigned_events": u.events, "unsigned_digest": u.digest,
	}})
}

// unsignedEvents are the events without a signature: how many, and a digest of where they
// end in each case.
type unsignedEvents struct {
	cases, events int
	digest        string
}

// unsigned reads every event, however long that takes.
func (s *Store) unsigned(ctx context.Context) (u unsignedEvents, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		u, err = readUnsigned(tx)
		return err
	})
	return u, err
}

func readUnsigned(tx *gorm.DB) (u unsignedEvents, err error) {
	rows, err := tx.Model(&Event{}).Select("case_id, seq, hash").Where("signature = ''").Order("case_id, seq").Rows()
	if err != nil {
		return u, fail(err, "list unsigned events")
	}
	defer rows.Close() //nolint:errcheck // read to its end
	sum, last := sha256.New(), ""
	for rows.Next() {
		var id, hash string
		var seq int
		if err := rows.Scan(&id, &seq, &hash); err != nil {
			return u, fail(err, "read unsigned event")
		}
		if id != last {
			u.cases++
		}
		last = id
		u.events++
		fmt.Fprintf(sum, "%s %d %s\n", id, seq, hash)
	}
	u.digest = hex.EncodeToString(sum.Sum(nil))
	return u, fail(rows.Err(), "list unsigned events")
}

// stateAll states every row of a table as it is, in the order of its key.
func (s *Store) stateAll(ctx context.Context, table string) error {
	sch := schemaOf(statedTables[table].Row)
	names := sch.PrimaryFieldDBNames
	var after []any
	for {
		n := 0
		err := s.Tx(ctx, func(tx *gorm.DB) error {
			n = 0
			q := forShare(bare(tx)).Order(strings.Join(names, ", ")).Limit(batchSize)
			if after != nil {
				sql, args := beyond(names, after)
				q = q.Where(sql, args...)
			}
			var list statements
			var last []any
			err := eachStated(q, table, func(row reflect.Value, key string, parts []any) {
				list, last = append(list, statement{Table: table, Key: key, Was: unknownRow, Is: rowHash(table, row)}), parts
			})
			if n = len(list); err != nil || n == 0 {
				return err
			}
			after = last
			e := AuditEntry{Action: ActionBaseline, SubjectKind: table, SubjectID: list[0].Key, Details: map[string]any{"rows": n}}
			e.Stated = list.encode()
			return audit(tx, e)
		})
		if err != nil || n < batchSize {
			return err
		}
	}
}
