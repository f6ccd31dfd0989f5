package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/notary"
)

// BeginAudit has events signed from now on, enters the key in the log unless it is there,
// and states every row from before there was a log; see StateNewTables for what came later.
// It may be called again, by every worker that starts.
func (s *Store) BeginAudit(ctx context.Context, by *notary.Signer) error {
	s.SignWith(by)
	if err := s.enterKey(ctx, by); err != nil {
		return err
	}
	done, err := s.entered(ctx, ActionBaselined, "")
	if err != nil {
		return err
	}
	if done {
		return s.StateNewTables(ctx)
	}
	return s.stateTables(ctx, slices.Sorted(maps.Keys(statedTables)), map[string]any{})
}

// stateTables states every row of some tables, and says that they are stated from now on.
func (s *Store) stateTables(ctx context.Context, tables []string, details map[string]any) error {
	for _, table := range tables {
		if err := s.stateAll(ctx, table); err != nil {
			return err
		}
	}
	details["tables"] = tables
	return s.AuditAlone(ctx, AuditEntry{Action: ActionBaselined, SubjectKind: "audit", Details: details})
}

// upgradeTime is how long processes of the release before may go on during an upgrade: they
// write to a table that is stated from this release on, and say nothing.
const upgradeTime = 24 * time.Hour

// StateNewTables states the tables that no release before this one stated, a day after the
// first worker of this one came: until then nothing is compared with their rows. It is to
// be called from time to time.
func (s *Store) StateNewTables(ctx context.Context) error {
	var list []AuditEntry
	err := s.DB(ctx).Where("action IN ?", []string{ActionBaselined, ActionTablesFound}).Order("at, id").Find(&list).Error
	if err != nil {
		return fail(err, "look for stated tables")
	}
	stated, found := map[string]bool{}, map[string]time.Time{}
	for i := range list {
		e := &list[i]
		for _, table := range e.baselined().Tables {
			if e.Action == ActionBaselined {
				stated[table] = true
			} else if _, before := found[table]; !before {
				found[table] = e.since()
			}
		}
	}
	var fresh, due []string
	for _, table := range slices.Sorted(maps.Keys(statedTables)) {
		at, known := found[table]
		switch {
		case stated[table]:
		case !known:
			fresh = append(fresh, table)
		case s.Now().Sub(at) >= upgradeTime:
			due = append(due, table)
		}
	}
	if len(fresh) > 0 {
		err = s.AuditAlone(ctx, AuditEntry{Action: ActionTablesFound, SubjectKind: "audit", Details: map[string]any{"tables": fresh}})
	}
	if err != nil || len(due) == 0 {
		return err
	}
	from := s.Now().Add(-skew * time.Microsecond) // of entries whose writers have slower clocks
	return s.stateTables(ctx, due, map[string]any{"from": plainValue(from)})
}

// firstStated are the tables that were stated when entries did not name them yet.
var firstStated = []string{
	"orgs", "users", "grants", "policies", "overlays", "calendars", "cohorts", "cohort_schools", "delegations", "plan_revisions",
	"filing_opinions", "roster_changes", "dossier_pins", "self_scores", "scores", "admin_changes", "linked_logins", "personal_reads",
	"data_requests", "credits", "retention_rules", "legal_holds", "erasure_runs", "channels", "tasks", "stage_visits", "machine_tokens",
	"second_factors", "cases",
}

// baselined is what an entry says of the tables that are stated.
type baselined struct {
	Tables []string  `json:"tables"`
	From   time.Time `json:"from"` // what was said of them before does not count
}

func (e *AuditEntry) baselined() baselined {
	var b baselined
	if json.Unmarshal([]byte(e.Detail), &b) != nil {
		return baselined{}
	}
	if len(b.Tables) == 0 && e.Action == ActionBaselined {
		b.Tables = firstStated
	}
	return b
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
