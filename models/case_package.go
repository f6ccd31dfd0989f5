package models

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/notary"
)

// The files of a case's package.
const (
	packageEvents    = "events.jsonl"
	packageRevisions = "plan_revisions.jsonl"
	packagePins      = "dossier_pins.jsonl"
	packageHead      = "head.json"
	packageKeys      = "keys.json"
)

// packagedHead is what of a daily head concerns one case: the head, its line, and how the
// line leads to the signed root.
type packagedHead struct {
	Head  DailyHead `json:"head"`
	Line  ChainLine `json:"line"`
	Proof Proof     `json:"proof"`
}

// packagedKey is a key as the log names it. It is there to be compared: what verifies a
// package is what its reader already has.
type packagedKey struct {
	ID     string `json:"id"`
	Detail string `json:"detail"`
}

// WriteCasePackage writes everything that proves one case: its events with signatures, the
// 两案 and files they pin with sha256, and its place in a daily head, which may be nil.
func (s *Store) WriteCasePackage(ctx context.Context, w io.Writer, caseID string, head *DailyHead) error {
	z := zip.NewWriter(w)
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		byCase := func(model any, order string) *gorm.DB {
			return tx.Model(model).Where("case_id = ?", caseID).Order(order)
		}
		if err := pack[Event](tx, z, packageEvents, byCase(&Event{}, "seq")); err != nil {
			return err
		}
		if err := pack[PlanRevision](tx, z, packageRevisions, byCase(&PlanRevision{}, "version")); err != nil {
			return err
		}
		if err := pack[DossierPin](tx, z, packagePins, byCase(&DossierPin{}, "round, item")); err != nil {
			return err
		}
		var entries []AuditEntry
		if err := tx.Where("action = ?", ActionKey).Order("id").Find(&entries).Error; err != nil {
			return fail(err, "list keys")
		}
		keys := make([]packagedKey, len(entries))
		for i, e := range entries {
			keys[i] = packagedKey{e.SubjectID, e.Detail}
		}
		return putJSON(z, packageKeys, keys)
	})
	if err == nil && head != nil {
		if line, proof, ok := head.Prove(caseID); ok {
			err = putJSON(z, packageHead, packagedHead{*head, line, proof})
		}
	}
	return errors.Join(err, z.Close())
}

func pack[T any](tx *gorm.DB, z *zip.Writer, name string, q *gorm.DB) error {
	w, err := z.Create(name)
	if err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	rows, err := q.Rows()
	if err != nil {
		return fail(err, "read "+name)
	}
	defer rows.Close() //nolint:errcheck // read to its end
	out := json.NewEncoder(w)
	for rows.Next() {
		var row T
		if err := tx.ScanRows(rows, &row); err != nil {
			return fail(err, "read "+name)
		}
		if err := out.Encode(row); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return fail(rows.Err(), "read "+name)
}

func putJSON(z *zip.Writer, name string, v any) error {
	w, err := z.Create(name)
	if err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// errPackage is a file that is not a package.
var errPackage = errors.New("not an audit package of a case")

// VerifyPackage verifies a package with nothing but public keys. Nothing in it says when
// signing began that its maker could not have written: what is neither signed nor led to by
// a signed daily head is not proved, and is a finding.
func VerifyPackage(r io.ReaderAt, size int64, keys notary.Keys) (VerifyReport, error) {
	v := &verifier{s: &Store{}, keys: keys, baseline: map[string]baseline{}, packed: &packed{spoken: map[string]statements{}}}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return v.report, fmt.Errorf("%w: %w", errPackage, err)
	}
	caseID, hashes, err := v.packedEvents(z)
	if err != nil {
		return v.report, err
	}
	if err := packedRows[PlanRevision](v, z, packageRevisions, "plan_revisions"); err != nil {
		return v.report, err
	}
	if err := packedRows[DossierPin](v, z, packagePins, "dossier_pins"); err != nil {
		return v.report, err
	}
	for _, table := range []string{"plan_revisions", "dossier_pins"} {
		if err := v.gone(table); err != nil {
			return v.report, err
		}
	}
	if err := v.packedHead(z, caseID, hashes); err != nil {
		return v.report, err
	}
	v.unproved(caseID)
	return v.report, nil
}

// packed is what a package says of its own proof.
type packed struct {
	unsigned []int                 // events without a signature
	proved   int                   // the last event that a daily head leads to
	stated   bool                  // the first event states its rows: so does every one of the case
	strange  int                   // rows that no event speaks of
	spoken   map[string]statements // what events say of rows
}

// unproved finds what nothing signed leads to.
func (v *verifier) unproved(caseID string) {
	for _, seq := range v.packed.unsigned {
		if seq > v.packed.proved {
			v.findf(eventTable, caseID+keySeparator+strconv.Itoa(seq), TamperUnsigned, "事件没有签名，也没有每日摘要能够证明它")
		}
	}
	if n := v.packed.strange; n > 0 {
		v.notef("项目开启时还没有行的登记：%d 行没有说明，未作核对。", n)
	}
}

// packedEvents replays the events of a package: whose they are, and their hashes.
func (v *verifier) packedEvents(z *zip.Reader) (caseID string, hashes map[int]string, err error) {
	hashes, folds := map[int]string{}, map[string]*caseFold{}
	err = unpack(z, packageEvents, func(e *Event) {
		f := folds[e.CaseID]
		if f == nil {
			f = &caseFold{v: v, made: Case{ID: e.CaseID}}
			folds[e.CaseID] = f
			v.report.Cases++
		}
		f.take(e)
		caseID, hashes[e.Seq] = e.CaseID, e.Hash
		v.packed.stated = v.packed.stated || (e.Seq == 1 && textOf(e.Stated) != "")
		if e.Seq == 1 && e.Kind != domain.SystemOpen {
			v.findf(eventTable, e.CaseID+keySeparator+"1", TamperEdited, "第一个事件不是项目开启")
		}
	})
	if err == nil && len(folds) != 1 {
		err = fmt.Errorf("%w: it has the events of %d cases", errPackage, len(folds))
	}
	return caseID, hashes, err
}

func packedRows[T any](v *verifier, z *zip.Reader, name, table string) error {
	sch := schemaOf(*new(T))
	return unpack(z, name, func(row *T) {
		v.report.Rows++
		at := reflect.ValueOf(row).Elem()
		key, _ := rowKey(sch, at)
		v.match(table, key, shortHash(rowHash(table, at)))
	})
}

// packedHead compares the events with the daily head of the package, if it has one.
func (v *verifier) packedHead(z *zip.Reader, caseID string, hashes map[int]string) error {
	var heads []packagedHead
	if err := unpack(z, packageHead, func(h *packagedHead) { heads = append(heads, *h) }); err != nil {
		if errors.Is(err, errPackage) {
			v.notef("包中没有每日摘要：末尾是否被截断无从核对。")
			return nil
		}
		return err
	}
	for _, h := range heads {
		v.report.Heads++
		before := len(v.report.Findings)
		v.signed(headTable, h.Head.Day, h.Head.KeyID, notary.PurposeHead, h.Head.message(), h.Head.Signature)
		if !h.Proof.Leads(h.Line, h.Head.Root) {
			v.findf(headTable, h.Head.Day, TamperEdited, "本项目的行不在该日的摘要之中")
		}
		if h.Line.CaseID != caseID {
			v.findf(headTable, h.Head.Day, TamperEdited, "摘要中的是另一个项目（%s）", h.Line.CaseID)
		}
		switch hash, there := hashes[h.Line.Seq]; {
		case !there:
			v.findf(eventTable, h.Line.CaseID+keySeparator+strconv.Itoa(h.Line.Seq), TamperCut, "%s 的每日摘要见过第%d个事件", h.Head.Day, h.Line.Seq)
		case hash != h.Line.Hash:
			v.findf(eventTable, h.Line.CaseID+keySeparator+strconv.Itoa(h.Line.Seq), TamperRewritten, "与 %s 的每日摘要所见的不同", h.Head.Day)
		}
		if len(v.report.Findings) == before {
			v.packed.proved = max(v.packed.proved, h.Line.Seq)
		}
	}
	return nil
}

// packageLine is how long one line of a package may be.
const packageLine = 64 << 20

func unpack[T any](z *zip.Reader, name string, fn func(*T)) error {
	file, err := z.Open(name)
	if err != nil {
		return fmt.Errorf("%w: %w", errPackage, err)
	}
	defer file.Close() //nolint:errcheck // read to its end
	in := json.NewDecoder(bufio.NewReader(io.LimitReader(file, packageLine)))
	for {
		var row T
		switch err := in.Decode(&row); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read %s: %w", name, err)
		}
		fn(&row)
	}
}
