package models

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/secret"
)

// CodeKeyInUse is a key that cannot be dropped: rows are still sealed under it.
const CodeKeyInUse apperr.Code = "key_in_use"

// sealedColumn is a column with sealed values, and the blind index beside it.
type sealedColumn struct {
	row       any
	name      string // authenticated with the values
	id, n     string // the key: a text, and a number when a row is one of several
	value     string
	index     string
	normalize func(string) string
	batch     int
}

// sealedColumns are all of them. A column that is missing here keeps its old key.
var sealedColumns = []sealedColumn{
	{User{}, columnIDNumber, "id", "", "id_number_enc", "id_number_index", secret.NormalizeID, batchSize},
	{User{}, columnPhone, "id", "", "phone_enc", "phone_index", secret.NormalizePhone, batchSize},
	{ImportPart{}, columnImport, "import_id", "n", "body", "", nil, 4},
	{ImportPasswords{}, columnPasswords, "id", "", "body", "", nil, 4},
	{Contact{}, columnMail, "user_id", "", "mail_enc", "mail_index", normalMail, batchSize},
	{Contact{}, columnMail, "user_id", "", "pending_enc", "", nil, batchSize},
	{Contact{}, columnMailCode, "user_id", "", "code_enc", "", nil, batchSize},
	{Channel{}, columnChannelURL, "id", "", "url_enc", "", nil, batchSize},
	{Channel{}, columnChannelSecret, "id", "", "secret_enc", "", nil, batchSize},
	{Channel{}, columnChannelSecret, "id", "", "former_enc", "", nil, batchSize},
	{SecondFactor{}, columnSecondFactor, "user_id", "", "secret_enc", "", nil, batchSize},
	{DataRequest{}, columnCorrection, "id", "", "value_enc", "", nil, batchSize},
	{Registry{}, columnRegistrySecret, "org_id", "", "secret", "", nil, batchSize},
	{Registry{}, columnRegistryKey, "org_id", "", "client_key", "", nil, batchSize},
}

// numbered is the key of a row that is one of several.
func numbered(id string, n int) string { return id + "/" + strconv.Itoa(n) }

// KeyUse is what one sealed column has under which keys.
type KeyUse struct {
	Column    string         `json:"column"`
	Rows      int            `json:"rows"`
	Keys      map[string]int `json:"keys"`      // rows by the id of their key
	Unbound   int            `json:"unbound"`   // sealed before values were bound to rows
	Indexes   int            `json:"indexes"`   // under an index key that is being replaced
	Rewritten int            `json:"rewritten"` // by this run
	Faults    []KeyFault     `json:"faults"`
}

// Left is how many rows are yet to be rewritten.
func (u KeyUse) Left(active string) int {
	left := u.Unbound + u.Indexes
	for id, n := range u.Keys {
		if id != active {
			left += n
		}
	}
	return left
}

// KeyFault is a row whose value cannot be moved.
type KeyFault struct {
	Row     string `json:"row"`
	Problem string `json:"problem"`
}

// faultsKept bounds how many faults of a column are told.
const faultsKept = 100

// KeyUses reads every sealed value and says under which keys they are. progress is told
// after each batch.
func (s *Store) KeyUses(ctx context.Context, progress func(KeyUse)) ([]KeyUse, error) {
	return s.eachSealed(ctx, false, progress)
}

// RotateKeys seals again whatever is not under the active key and bound to its row, and
// indexes again what is under a former index key, in batches of one transaction each, while
// others read and write. What is done stays done: a run that was cut off is simply run
// again. It returns what is left afterwards.
func (s *Store) RotateKeys(ctx context.Context, progress func(KeyUse)) ([]KeyUse, error) {
	return s.eachSealed(ctx, true, progress)
}

// CheckDroppable refuses while any row is sealed under a key.
func (s *Store) CheckDroppable(ctx context.Context, id string) error {
	if id == s.keys.ActiveID() {
		return apperr.Newf(CodeKeyInUse, "密钥 %s 正用于加密，不能移除。请先把新密钥放在最前，再执行 keys rotate。", id)
	}
	uses, err := s.KeyUses(ctx, nil)
	if err != nil {
		return err
	}
	index := id == secret.OldIndexKeyID
	for _, u := range uses {
		switch {
		case u.Keys[id] > 0:
			return apperr.Newf(CodeKeyInUse, "%s 还有 %d 个值由密钥 %s 加密，移除后无法读取。请先执行 keys rotate。", u.Column, u.Keys[id], id)
		case index && u.Indexes > 0:
			return apperr.Newf(CodeKeyInUse, "%s 还有 %d 个索引由旧的索引密钥得出，移除后查不到。请先执行 keys rotate。", u.Column, u.Indexes)
		}
	}
	return nil
}

func (s *Store) eachSealed(ctx context.Context, rewrite bool, progress func(KeyUse)) ([]KeyUse, error) {
	uses := make([]KeyUse, 0, len(sealedColumns))
	for _, c := range sealedColumns {
		r := rotation{s: s, sealedColumn: c, rewrite: rewrite, use: KeyUse{Column: c.name, Keys: map[string]int{}}}
		for more := true; more; {
			var err error
			if more, err = r.next(ctx); err != nil {
				return append(uses, r.use), err
			}
			if progress != nil {
				progress(r.use)
			}
		}
		uses = append(uses, r.use)
	}
	return uses, nil
}

// rotation walks one column in the order of its key.
type rotation struct {
	sealedColumn

	s       *Store
	rewrite bool
	after   sealedValue
	use     KeyUse
}

// sealedValue is one value and its row.
type sealedValue struct {
	ID    string
	N     int
	Value string
	Idx   *string
}

func (r *rotation) key(v sealedValue) string {
	if r.n == "" {
		return v.ID
	}
	return numbered(v.ID, v.N)
}

func (r *rotation) query(tx *gorm.DB) *gorm.DB {
	return tx.Model(r.row).Select(r.id + " AS id, " + cmp.Or(r.n, "0") + " AS n, " + r.value + " AS value, " + cmp.Or(r.index, "NULL") + " AS idx")
}

// next looks at one batch, and rewrites what is stale in it.
func (r *rotation) next(ctx context.Context) (more bool, err error) {
	q := r.query(r.s.DB(ctx)).Order(r.id)
	if r.n == "" {
		q = q.Where(r.id+" > ?", r.after.ID)
	} else {
		q = q.Where("("+r.id+" > ? OR ("+r.id+" = ? AND "+r.n+" > ?))", r.after.ID, r.after.ID, r.after.N).Order(r.n)
		if r.after.ID == "" {
			q = r.query(r.s.DB(ctx)).Order(r.id).Order(r.n)
		}
	}
	var rows []sealedValue
	if err := q.Limit(r.batch).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return false, fail(err, "read sealed values")
	}
	r.after = rows[len(rows)-1]
	var stale []sealedValue
	for _, v := range rows {
		if _, _, due := r.renewed(v); due && r.rewrite {
			stale = append(stale, v)
			continue
		}
		r.count(v)
	}
	if len(stale) > 0 {
		err = r.renew(ctx, stale)
	}
	return len(rows) == r.batch, err
}

// renew rewrites values unless somebody else has in the meantime.
func (r *rotation) renew(ctx context.Context, stale []sealedValue) error {
	var now []sealedValue
	rewritten := 0
	err := r.s.Tx(ctx, func(tx *gorm.DB) error {
		now, rewritten = nil, 0
		for _, v := range stale {
			v, written, err := r.renewOne(tx, v)
			if err != nil {
				return err
			}
			if v != nil {
				now = append(now, *v)
			}
			rewritten += written
		}
		return audit(tx, AuditEntry{Action: "keys.rotate", SubjectKind: "keys", SubjectID: r.s.keys.ActiveID(), Details: map[string]any{
			"column": r.name, "rows": rewritten,
		}})
	})
	if err != nil {
		return fail(err, "seal values again")
	}
	for _, v := range now {
		r.count(v)
	}
	r.use.Rewritten += rewritten
	return nil
}

// renewOne locks a row and rewrites it; it returns what the row is then.
func (r *rotation) renewOne(tx *gorm.DB, v sealedValue) (*sealedValue, int, error) {
	at := func(q *gorm.DB) *gorm.DB {
		q = q.Where(r.id+" = ?", v.ID)
		if r.n != "" {
			q = q.Where(r.n+" = ?", v.N)
		}
		return q
	}
	var rows []sealedValue
	if err := at(r.query(forUpdate(tx))).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return nil, 0, err
	}
	v = rows[0]
	sealed, index, due := r.renewed(v)
	if !due {
		return &v, 0, nil
	}
	change := map[string]any{r.value: sealed}
	if r.index != "" {
		change[r.index] = index
	}
	err := at(tx.Session(&gorm.Session{}).Model(r.row)).UpdateColumns(change).Error
	switch {
	case err == nil:
		return &sealedValue{ID: v.ID, N: v.N, Value: sealed, Idx: &index}, 1, nil
	case IsDuplicate(err):
		r.fault(v, "另一个账号有同一个身份证号，请合并或更正后再执行。")
		return &v, 0, nil
	}
	return nil, 0, err
}

// renewed is what a value and its index should be, and whether they are not. What cannot be
// opened stays as it is.
func (r *rotation) renewed(v sealedValue) (sealed, index string, due bool) {
	if v.Value == "" {
		return "", "", false
	}
	plain, err := r.s.keys.Open(r.name, r.key(v), v.Value)
	if err != nil {
		return "", "", false
	}
	sealed = v.Value
	if due = r.s.keys.Stale(sealed); due {
		sealed = r.s.keys.Seal(r.name, r.key(v), plain)
	}
	if r.index != "" {
		index = r.s.keys.Index(r.name, r.normalize(plain))
		due = due || v.Idx == nil || *v.Idx != index
	}
	return sealed, index, due
}

// count says under which key a value is.
func (r *rotation) count(v sealedValue) {
	if v.Value == "" {
		return
	}
	r.use.Rows++
	r.use.Keys[secret.SealedBy(v.Value)]++
	if !secret.Bound(v.Value) {
		r.use.Unbound++
	}
	plain, err := r.s.keys.Open(r.name, r.key(v), v.Value)
	switch {
	case err != nil:
		r.fault(v, messageOf(err))
	case r.index != "" && (v.Idx == nil || *v.Idx != r.s.keys.Index(r.name, r.normalize(plain))):
		r.use.Indexes++
	}
}

func (r *rotation) fault(v sealedValue, problem string) {
	f := KeyFault{Row: r.key(v), Problem: problem}
	if len(r.use.Faults) < faultsKept && !slices.Contains(r.use.Faults, f) {
		r.use.Faults = append(r.use.Faults, f)
	}
}

// ActiveKey is the id of the key that seals.
func (s *Store) ActiveKey() string { return s.keys.ActiveID() }

// SealedColumns are the names of all columns with sealed values.
func SealedColumns() []string {
	names := make([]string, len(sealedColumns))
	for i, c := range sealedColumns {
		names[i] = c.name
	}
	slices.Sort(names)
	return names
}

// normalMail gives equal addresses one spelling.
func normalMail(address string) string { return strings.ToLower(strings.TrimSpace(address)) }
