package models

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/privacy"
)

// CodeHeld is personal data that must not be erased now.
const CodeHeld apperr.Code = "erasure_held"

// NewErasure asks for a run at an organisation and below, or of one account there.
type NewErasure struct {
	Org       *Org
	Classes   []string
	Reason    string
	SubjectID string
	RequestID string
	By        string
}

// PrepareErasure has a worker list what is due. Nothing is erased before somebody proposes
// the list and somebody else approves it.
func (s *Store) PrepareErasure(ctx context.Context, n NewErasure) (*ErasureRun, error) {
	now := s.Now()
	r := ErasureRun{
		ID: newID(), OrgID: n.Org.ID, Path: n.Org.Path, Kind: ErasureAsked, SubjectID: n.SubjectID, RequestID: n.RequestID, Status: ErasureListing,
		Reason: strings.TrimSpace(n.Reason), DueAt: &now, PreparedBy: n.By, PreparedAt: now,
	}
	if r.Reason == "" {
		return nil, apperr.Field("reason", "请写明清理的理由，批准人据此决定。")
	}
	r.OpenSlot = r.ID
	if r.SubjectID != "" {
		r.Kind, r.OpenSlot, n.Classes = ErasurePerson, "user/"+r.SubjectID, []string{classAccount}
	}
	var err error
	if r.Classes, err = erasable(n.Org, n.Classes); err != nil {
		return nil, err
	}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		if r.Kind == ErasurePerson {
			if err := s.mayBeErased(tx, &r, n.By); err != nil {
				return err
			}
		}
		if err := tx.Create(&r).Error; IsDuplicate(err) {
			return apperr.Wrap(err, apperr.Conflict, "这个账号已有一次清理正在办理，请先处理。").On("user_id")
		} else if err != nil {
			return err
		}
		return audit(tx, erasing("erasure.prepare", r, nil))
	})
	return &r, fail(err, "prepare erasure")
}

// erasable joins the classes of a run in the order in which they are erased.
func erasable(org *Org, classes []string) (string, error) {
	var list []string
	for _, rule := range privacy.Rules() {
		if !slices.Contains(classes, rule.Code) {
			continue
		}
		if rule.Whole && org.ParentID != nil {
			return "", apperr.Newf(apperr.Invalid, "“%s”不按单位分开，只能对%s以上的整个系统清理。请选择最上级单位。", rule.Title, "全省").On("classes")
		}
		list = append(list, rule.Code)
	}
	if len(list) == 0 || len(list) < len(classes) {
		return "", apperr.Field("classes", "请选择要清理的内容。")
	}
	return strings.Join(list, ","), nil
}

// mayBeErased refuses to erase an account that is needed, and says by what.
func (s *Store) mayBeErased(tx *gorm.DB, r *ErasureRun, by string) error {
	if r.SubjectID == by {
		return apperr.New(apperr.Forbidden, "不能办理自己的清理，请由其他管理员办理。")
	}
	var u User
	if err := tx.Where("id = ?", r.SubjectID).Take(&u).Error; err != nil {
		return found(err, "用户", "load user")
	}
	if u.ErasedAt != nil {
		return apperr.New(apperr.Conflict, "这个账号的个人信息已经清理。")
	}
	if r.RequestID != "" {
		var asked DataRequest
		if err := tx.Where("id = ? AND user_id = ?", r.RequestID, r.SubjectID).Take(&asked).Error; err != nil {
			return found(err, "申请", "load request about personal data")
		}
		if asked.Kind != AskDelete || asked.Status != DataRequestOpen {
			return apperr.New(apperr.Conflict, "只能为待答复的删除申请发起清理，请刷新后核对。")
		}
	}
	held, err := heldBy(tx)
	if err != nil {
		return err
	}
	why, err := needed(tx, held, u)
	if err != nil || why == "" {
		return err
	}
	return apperr.Newf(CodeHeld, "现在不能清理这个账号：%s。待原因消除后再办理；本人申请删除的，可据此答复不予办理。", why)
}

func erasing(action string, r ErasureRun, details map[string]any) AuditEntry {
	if details == nil {
		details = map[string]any{"kind": r.Kind, "classes": r.Classes, "items": r.Items, "sha256": r.SHA256}
	}
	return AuditEntry{Action: action, SubjectKind: "erasure", SubjectID: r.ID, OrgID: r.OrgID, Details: details}
}

// PrepareMonthly has what is due listed once a month for each root of the tree.
func (s *Store) PrepareMonthly(ctx context.Context) error {
	var roots []Org
	if err := s.DB(ctx).Where("parent_id IS NULL").Order("id").Find(&roots).Error; err != nil {
		return fail(err, "list roots")
	}
	now := s.Now()
	month := now.In(china).Format("2006-01")
	var classes []string
	for _, rule := range privacy.Rules() {
		classes = append(classes, rule.Code)
	}
	for _, org := range roots {
		r := ErasureRun{
			ID: newID(), OrgID: org.ID, Path: org.Path, Kind: ErasureMonthly, Classes: strings.Join(classes, ","), Status: ErasureListing,
			OpenSlot: month + "/" + org.ID, Reason: month + " 到期内容例行清理", DueAt: &now, PreparedAt: now,
		}
		var known int64
		if err := s.DB(ctx).Model(&r).Where("open_slot = ?", r.OpenSlot).Count(&known).Error; err != nil {
			return fail(err, "look for this month's erasure")
		}
		if known > 0 {
			continue
		}
		err := s.Tx(ctx, func(tx *gorm.DB) error {
			if err := tx.Create(&r).Error; err != nil {
				return err
			}
			return audit(tx, erasing("erasure.prepare", r, nil))
		})
		if err != nil && !IsDuplicate(err) { // another worker's
			return fail(err, "prepare this month's erasure")
		}
	}
	return nil
}

// ProposeErasure asks for a second person's approval of a list. Each of those who may
// approve is told once.
func (s *Store) ProposeErasure(ctx context.Context, id, by, reason string) error {
	return fail(s.Tx(ctx, func(tx *gorm.DB) error {
		r, err := lockErasure(tx, id)
		switch {
		case err != nil:
			return err
		case r.Status == ErasureListing:
			return apperr.New(apperr.Conflict, "清单还在生成，请稍候再提出。")
		case r.Status != ErasureListed:
			return apperr.New(apperr.Conflict, "这次清理已经提出或已有结果，请刷新后查看。")
		case by == r.SubjectID:
			return apperr.New(apperr.Forbidden, "不能办理自己的清理，请由其他管理员办理。")
		}
		now := s.Now()
		r.Status, r.ProposedBy, r.ProposedAt, r.Reason = ErasureProposed, by, &now, cmp.Or(strings.TrimSpace(reason), r.Reason)
		if err := tx.Save(r).Error; err != nil {
			return err
		}
		if err := audit(tx, erasing("erasure.propose", *r, nil)); err != nil {
			return err
		}
		approvers, err := s.approvers(tx, r)
		if err != nil {
			return err
		}
		if len(approvers) == 0 {
			return apperr.New(CodeTwoPersons, "没有其他安全管理员或工程办人员可以批准，请先增设一名。")
		}
		return s.tellErasure(tx, r, approvers, "propose", "待批准：清理到期的个人信息", r.Reason)
	}), "propose erasure")
}

// EraserRoles may propose and approve.
func EraserRoles() []domain.Role { return []domain.Role{domain.RoleSecurity, domain.RoleCityOffice} }

// approvers are those who may approve a run: neither who proposed it nor whom it is about.
func (s *Store) approvers(tx *gorm.DB, r *ErasureRun) ([]string, error) {
	var ids []string
	err := tx.Model(&User{}).Distinct("users.id").Joins("JOIN grants ON grants.user_id = users.id").
		Where("grants.role IN ? AND grants.org_id IN (SELECT id FROM orgs WHERE path IN ?)", EraserRoles(), ancestors([]string{r.Path})).
		Where("users.disabled = ? AND users.id NOT IN ?", false, []string{r.ProposedBy, r.SubjectID}).Order("users.id").Pluck("users.id", &ids).Error
	return ids, fail(err, "list approvers")
}

func (s *Store) tellErasure(tx *gorm.DB, r *ErasureRun, to []string, step, title, body string) error {
	n := Notice{
		Source: "erasure/" + r.ID + "/" + step, Kind: noticeAdmin, Title: title, Body: body, Link: "/privacy/erasures/" + r.ID, CreatedAt: s.Now(),
	}
	return s.tellDesks(tx, n, title, "", to...)
}

// DecideErasure has a worker erase what a list names, or not. Who proposed it may only take
// it back.
func (s *Store) DecideErasure(ctx context.Context, id, by string, approve bool, comment string) error {
	comment = strings.TrimSpace(comment)
	return fail(s.Tx(ctx, func(tx *gorm.DB) error {
		r, err := lockErasure(tx, id)
		if err != nil {
			return err
		}
		now := s.Now()
		switch {
		case r.Status == ErasureListed && !approve: // nobody has proposed it yet
			r.Status = ErasureWithdrawn
		case r.Status != ErasureProposed:
			return apperr.New(apperr.Conflict, "这次清理不在待批准，请刷新后查看。")
		case by == r.ProposedBy && approve:
			return apperr.New(CodeTwoPersons, "提出人不能批准自己提出的清理，须由另一人批准。")
		case by == r.SubjectID:
			return apperr.New(CodeTwoPersons, "不能批准关于自己的清理，须由另一人批准。")
		case by == r.ProposedBy:
			r.Status = ErasureWithdrawn
		case !approve && comment == "":
			return apperr.Field("comment", "不同意的请写明理由。")
		case !approve:
			r.Status = ErasureDeclined
		default:
			r.Status, r.DueAt = ErasureRunning, &now
		}
		r.DecidedBy, r.DecidedAt, r.Comment = by, &now, comment
		if r.Status != ErasureRunning && r.Kind == ErasurePerson {
			r.OpenSlot = r.ID
		}
		if err := tx.Save(r).Error; err != nil {
			return err
		}
		action := map[ErasureStatus]string{
			ErasureRunning: "erasure.approve", ErasureDeclined: "erasure.decline", ErasureWithdrawn: "erasure.withdraw",
		}[r.Status]
		if err := audit(tx, erasing(action, *r, nil)); err != nil || r.Status != ErasureDeclined {
			return err
		}
		return s.tellErasure(tx, r, []string{r.ProposedBy}, "declined", "不同意：清理到期的个人信息", comment)
	}), "decide on erasure")
}

func lockErasure(tx *gorm.DB, id string) (*ErasureRun, error) {
	var r ErasureRun
	return &r, found(forUpdate(tx).Where("id = ?", id).Take(&r).Error, "清理", "lock erasure")
}

// Erasure is one run within scope.
func (s *Store) Erasure(ctx context.Context, scope Scope, id string) (*ErasureRunView, error) {
	var v ErasureRunView
	err := scope.people(erasureViews(s.DB(ctx)), "erasure_runs.path").Where("erasure_runs.id = ?", id).Take(&v).Error
	return &v, found(err, "清理", "load erasure")
}

// ErasureRunView is a run with the names that lists show.
type ErasureRunView struct {
	ErasureRun

	Org, Subject, Preparer, Proposer, Decider string
}

func erasureViews(db *gorm.DB) *gorm.DB {
	return db.Table("erasure_runs").Select(`erasure_runs.*, COALESCE(o.name, '') AS org, COALESCE(u.name, '') AS subject,
		COALESCE(a.name, '') AS preparer, COALESCE(p.name, '') AS proposer, COALESCE(d.name, '') AS decider`).
		Joins("LEFT JOIN orgs o ON o.id = erasure_runs.org_id").Joins("LEFT JOIN users u ON u.id = erasure_runs.subject_id").
		Joins("LEFT JOIN users a ON a.id = erasure_runs.prepared_by").Joins("LEFT JOIN users p ON p.id = erasure_runs.proposed_by").
		Joins("LEFT JOIN users d ON d.id = erasure_runs.decided_by")
}

var erasureOrders = map[string]order[ErasureRunView]{
	"prepared":  {"erasure_runs.prepared_at, erasure_runs.id", erasurePrepared},
	"-prepared": {"erasure_runs.prepared_at DESC, erasure_runs.id DESC", erasurePrepared},
}

func erasurePrepared(v *ErasureRunView) []any { return []any{&v.PreparedAt, &v.ID} }

// Erasures lists runs within scope, the newest first.
func (s *Store) Erasures(ctx context.Context, scope Scope, status ErasureStatus, p Page) ([]ErasureRunView, string, error) {
	o, p, err := chosen(erasureOrders, p, "-prepared")
	if err != nil {
		return nil, "", err
	}
	q := scope.people(erasureViews(s.DB(ctx)), "erasure_runs.path")
	if status != "" {
		q = q.Where("erasure_runs.status = ?", status)
	}
	return paged(q, p, o.by, o.keys, "list erasures")
}

// ErasureCount is how many items of a class are in a state, and how much they are.
type ErasureCount struct {
	Class  string       `json:"class"`
	State  ErasureState `json:"state"`
	Items  int          `json:"items"`
	Amount int          `json:"amount"`
	Done   int          `json:"done"`
}

// ErasureCounts are those of a run.
func (s *Store) ErasureCounts(ctx context.Context, id string) ([]ErasureCount, error) {
	return erasureCounts(s.DB(ctx), id)
}

func erasureCounts(tx *gorm.DB, id string) ([]ErasureCount, error) {
	var rows []ErasureCount
	err := tx.Model(&ErasureItem{}).Where("run_id = ?", id).Group("class, state").Order("class, state").
		Select("class, state, COUNT(*) AS items, SUM(amount) AS amount, SUM(done) AS done").Scan(&rows).Error
	return rows, fail(err, "count items of erasure")
}

// ErasureItemView is an item with the name of what it is about.
type ErasureItemView struct {
	ErasureItem

	Person, School, Org string
}

// ErasureFilter narrows the items of a run; empty fields do not.
type ErasureFilter struct {
	Class string
	State ErasureState
}

var erasureItemOrders = map[string]order[ErasureItemView]{
	"no":  {"erasure_items.no", erasureItemNo},
	"-no": {"erasure_items.no DESC", erasureItemNo},
}

func erasureItemNo(v *ErasureItemView) []any { return []any{&v.No} }

// ErasureItems lists what a run is to erase, or has.
func (s *Store) ErasureItems(ctx context.Context, id string, f ErasureFilter, p Page) ([]ErasureItemView, string, error) {
	o, p, err := chosen(erasureItemOrders, p, "no")
	if err != nil {
		return nil, "", err
	}
	q := s.DB(ctx).Table("erasure_items").Where("erasure_items.run_id = ?", id).
		Select("erasure_items.*, COALESCE(u.name, '') AS person, COALESCE(c.school_name, '') AS school, COALESCE(o.name, '') AS org").
		Joins("LEFT JOIN users u ON u.id = erasure_items.ref").Joins("LEFT JOIN cases c ON c.id = erasure_items.ref").
		Joins("LEFT JOIN orgs o ON o.path = erasure_items.path")
	if f.Class != "" {
		q = q.Where("erasure_items.class = ?", f.Class)
	}
	if f.State != "" {
		q = q.Where("erasure_items.state = ?", f.State)
	}
	return paged(q, p, o.by, o.keys, "list items of erasure")
}

// ErasuresAskedBy are the newest runs that requests led to, by request.
func (s *Store) ErasuresAskedBy(ctx context.Context, requests []DataRequestView) (map[string]ErasureRun, error) {
	var ids []string
	for i := range requests {
		if requests[i].Kind == AskDelete {
			ids = append(ids, requests[i].ID)
		}
	}
	newest := map[string]ErasureRun{}
	if len(ids) == 0 {
		return newest, nil
	}
	var runs []ErasureRun
	err := s.DB(ctx).Where("request_id IN ?", ids).Order("prepared_at, id").Find(&runs).Error
	for _, r := range runs {
		newest[r.RequestID] = r
	}
	return newest, fail(err, "list erasures asked for")
}
