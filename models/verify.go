package models

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"sort"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/notary"
)

// Tampering is what was done to a row behind the application's back.
type Tampering string

// The kinds of findings.
const (
	TamperEdited     Tampering = "edited"
	TamperDeleted    Tampering = "deleted"
	TamperInserted   Tampering = "inserted"
	TamperReordered  Tampering = "reordered"
	TamperCut        Tampering = "cut"
	TamperRewritten  Tampering = "rewritten"
	TamperUnsigned   Tampering = "unsigned"
	TamperKey        Tampering = "unknown_key"
	TamperUnreadable Tampering = "unreadable"
	TamperForged     Tampering = "forged" // among the daily heads in the object store
)

// TamperFinding names one row that is not what it was.
type TamperFinding struct {
	Table  string    `json:"table"`
	Row    string    `json:"row"`
	Kind   Tampering `json:"kind"`
	Detail string    `json:"detail"`
	Advice string    `json:"advice"`
}

// advices say what to do about a finding.
var advices = map[Tampering]string{
	TamperEdited:     "停止使用该记录，从最近一次校验通过的备份核对并恢复这一行，查明是谁直接改了数据库。",
	TamperDeleted:    "从最近一次校验通过的备份恢复这一行，查明是谁直接改了数据库。",
	TamperInserted:   "该行不是由系统写入的：核对后删除，查明是谁直接改了数据库。",
	TamperReordered:  "记录的先后被调换：从最近一次校验通过的备份恢复。",
	TamperCut:        "记录被截断：立即停止写入，从备份恢复缺少的部分，并与存储桶中的每日摘要核对。",
	TamperRewritten:  "记录被整体改写过：以存储桶中的每日摘要为准，从备份恢复。",
	TamperUnsigned:   "签名启用之后的记录没有签名：查明是哪个进程在没有密钥的情况下写入的；都不是，则按伪造处理。",
	TamperKey:        "签名所用的密钥不在已知之列：若是更换过密钥，把旧公钥加入 ZX_AUDIT_PUBLIC_KEYS；否则按伪造处理。",
	TamperUnreadable: "该行的内容已损坏，无法读取：从最近一次校验通过的备份恢复这一行。",
	TamperForged: "这一版本不是系统保存的每日摘要，没有采信；其余签名正确的摘要不受影响，数据不必恢复。保留它作证据；" +
		"能写入存储桶的只有 api、worker 的账号和根密钥：查明谁用了它们，并按运维手册“更换密钥”更换。",
}

// VerifyReport is what a verification saw.
type VerifyReport struct {
	Entries  int64           `json:"entries"` // of the audit log, sealed
	Unsealed int64           `json:"unsealed"`
	Purged   int64           `json:"purged"` // older entries, for which checkpoints stand
	Seals    int64           `json:"seals"`
	Cases    int64           `json:"cases"`
	Events   int64           `json:"events"`
	Rows     int64           `json:"rows"`  // compared with what was said of them
	Heads    int64           `json:"heads"` // daily heads compared
	Unsigned int64           `json:"unsigned"`
	Notes    []string        `json:"notes"`
	Findings []TamperFinding `json:"findings"`
}

// rowDigest is the first half of a row's hash: enough to tell rows apart, and there are
// millions.
type rowDigest [16]byte

var (
	noRow  rowDigest
	anyRow = rowDigest{0xff}
)

// unknownRow is what a statement says a row was when it could not know.
const unknownRow = "?"

func shortHash(hash string) rowDigest {
	if hash == unknownRow {
		return anyRow
	}
	raw, _ := base64.RawURLEncoding.DecodeString(hash)
	var d rowDigest
	copy(d[:], raw)
	return d
}

// baseline is when all rows of a table were stated: what was said of them before does not
// count, as not all who wrote them said so.
type baseline struct{ from, done time.Time }

// verifier is one verification in progress.
type verifier struct {
	s      *Store
	tx     *gorm.DB
	keys   notary.Keys
	report VerifyReport

	stories  stories
	baseline map[string]baseline // by table, once all its rows had been stated
	signing  time.Time           // when signing began; zero: never
	unsigned string              // digest of the events that were unsigned then
	rebuilt  map[string]time.Time
	packed   *packed // of a package, else nil

	purged AuditCheckpoint // the last
	end    int64           // of the sealed log

	wantedLog map[int64]DailyHead    // without their lines
	genuine   []KeptHead             // the heads to compare with
	strange   map[string]strangeHead // those of unknown keys, by digest
	kept      map[string]bool        // digests of the heads there are
	entered   map[string]string      // day of each head that the log says was kept, by digest
}

func (v *verifier) findf(table, row string, kind Tampering, format string, args ...any) {
	v.report.Findings = append(v.report.Findings, TamperFinding{table, row, kind, fmt.Sprintf(format, args...), advices[kind]})
}

func (v *verifier) notef(format string, args ...any) {
	v.report.Notes = append(v.report.Notes, fmt.Sprintf(format, args...))
}

// Verify recomputes everything that proves the audit log, the events of every case and the
// rows that both speak of, over one snapshot, and compares it with the daily heads that were
// kept elsewhere. It changes nothing.
func (s *Store) Verify(ctx context.Context, keys notary.Keys, heads []KeptHead) (VerifyReport, error) {
	v := &verifier{s: s, keys: keys, baseline: map[string]baseline{}, rebuilt: map[string]time.Time{}}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		v.tx = tx
		expect, chains := func() error { return v.expect(ctx, heads) }, func() error { return v.chains(ctx) }
		for _, step := range []func() error{expect, v.log, v.seals, v.cases, chains, v.prefix, v.rows} {
			if err := step(); err != nil {
				return err
			}
		}
		v.missing()
		return nil
	})
	sort.SliceStable(v.report.Findings, func(i, j int) bool { return v.report.Findings[i].Table < v.report.Findings[j].Table })
	return v.report, err
}

// verifyTime is how long a verification may take.
const verifyTime = 12 * time.Hour

// snapshot reads the database as it is at one moment, however long that takes.
func (s *Store) snapshot(ctx context.Context, fn func(tx *gorm.DB) error) error {
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	return s.patiently(ctx, func(db *gorm.DB) error {
		return fail(db.Transaction(fn, &sql.TxOptions{Isolation: s.readIsolation(), ReadOnly: true}), "read snapshot")
	})
}

func (s *Store) readIsolation() sql.IsolationLevel {
	if s.db.Name() == "sqlite" {
		return sql.LevelDefault // its transactions always see one state
	}
	return sql.LevelRepeatableRead
}

// stream reads every row of a query, one at a time. A row that cannot be read is a finding.
func stream[T any](v *verifier, q *gorm.DB, table string, keys []string, fn func(row *T)) error {
	rows, err := q.Rows()
	if err != nil {
		return fail(err, "read "+table)
	}
	defer rows.Close() //nolint:errcheck // read to its end
	for rows.Next() {
		var row T
		if err := v.tx.ScanRows(rows, &row); err != nil {
			v.findf(table, rawKey(rows, keys), TamperUnreadable, "%v", err)
			continue
		}
		fn(&row)
	}
	return fail(rows.Err(), "read "+table)
}

// rawKey is the key of a row that cannot be read as what it should be.
func rawKey(rows *sql.Rows, keys []string) string {
	names, err := rows.Columns()
	if err != nil {
		return ""
	}
	values := make([]sql.RawBytes, len(names))
	into := make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return ""
	}
	text := ""
	for _, key := range keys {
		for i, name := range names {
			if name == key {
				if text != "" {
					text += keySeparator
				}
				text += string(values[i])
			}
		}
	}
	return text
}
