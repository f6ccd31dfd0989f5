package models

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/policy"
)

// OverlayView is a version with the name of who published it.
type OverlayView struct {
	Overlay

	ByName string
}

// InForce picks the version that counts at a time: of those that were there, the one that
// took effect last, of several at the same moment the newest. Each is in force until the
// next takes effect, whichever was published first. versions come newest first.
func InForce(versions []OverlayView, at time.Time) (OverlayView, bool) {
	var last *OverlayView
	for i := range versions {
		o := &versions[i]
		if o.EffectiveFrom.After(at) || o.CreatedAt.After(at) {
			continue
		}
		if last == nil || o.EffectiveFrom.After(last.EffectiveFrom) {
			last = o
		}
	}
	if last == nil {
		return OverlayView{}, false
	}
	return *last, true
}

// OverlayVersions lists the versions of several scopes, newest first, by scope.
func (s *Store) OverlayVersions(ctx context.Context, programme string, scopeIDs ...string) (map[string][]OverlayView, error) {
	var rows []OverlayView
	err := s.DB(ctx).Table("overlays").Select("overlays.*, COALESCE(u.name, '') AS by_name").
		Joins("LEFT JOIN users u ON u.id = overlays.created_by").
		Where("overlays.scope_id IN ? AND overlays.programme = ?", sorted(scopeIDs), programme).Order("overlays.version DESC").Find(&rows).Error
	by := map[string][]OverlayView{}
	for _, o := range rows {
		by[o.ScopeID] = append(by[o.ScopeID], o)
	}
	return by, fail(err, "list overlays")
}

// Layers lists what the organisations along a path lay over the base policy at a time, in
// the order it is laid on.
func (s *Store) Layers(ctx context.Context, programme, path string, at time.Time) ([]OverlayView, error) {
	scopes := strings.Split(strings.Trim(path, "/"), "/")
	versions, err := s.OverlayVersions(ctx, programme, scopes...)
	if err != nil {
		return nil, err
	}
	var layers []OverlayView
	for _, id := range scopes {
		if o, ok := InForce(versions[id], at); ok {
			layers = append(layers, o)
		}
	}
	return layers, nil
}

// Merged is the policy that layers make of a programme's base.
func Merged(programme string, layers []OverlayView) ([]byte, error) {
	base, err := policy.Base(programme)
	if err != nil {
		return nil, err
	}
	bodies := make([][]byte, len(layers))
	for i, o := range layers {
		bodies[i] = []byte(o.Body)
	}
	return policy.Merge(base, bodies...)
}

// PublishOverlay stores the next version of a scope's overlay, if nobody has published
// another since the version it was written on (0 for none).
func (s *Store) PublishOverlay(ctx context.Context, n Overlay, on int) (*Overlay, error) {
	var o Overlay
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		o = n
		return s.addVersion(tx, &o, on)
	})
	return &o, staleVersion(err)
}

func staleVersion(err error) error {
	if IsDuplicate(err) {
		return apperr.New(apperr.Stale, "另一人刚刚发布了新版本，请刷新、核对后再发布。").On("base_version")
	}
	return fail(err, "publish overlay")
}

func (s *Store) addVersion(tx *gorm.DB, o *Overlay, on int) error {
	var last int
	err := forUpdate(tx.Model(&Overlay{})).Where("scope_id = ? AND programme = ?", o.ScopeID, o.Programme).
		Select("COALESCE(MAX(version), 0)").Scan(&last).Error
	if err != nil {
		return err
	}
	if last != on {
		return apperr.Newf(apperr.Stale, "您修改的是第%d版，现已有第%d版，请刷新、核对后再发布。", on, last).On("base_version")
	}
	o.ID, o.CreatedAt, o.Version = newID(), s.Now(), last+1
	if o.EffectiveFrom.IsZero() {
		o.EffectiveFrom = o.CreatedAt
	}
	if err := tx.Create(o).Error; err != nil {
		return err
	}
	return audit(tx, published(o))
}

// published is the entry about a version of an overlay or a scheme.
func published(o *Overlay) AuditEntry {
	return AuditEntry{
		Action: "overlay.publish", SubjectKind: "overlay", SubjectID: o.ID,
		Details: map[string]any{"scope": o.ScopeID, "programme": o.Programme, "version": o.Version},
	}
}

// Scheme is a new version of a cohort's 考核方案 and the policy it makes. LayersAt is set
// when the cohort is moved to the overlays in force at that time.
type Scheme struct {
	Overlay

	On       int
	Merged   []byte
	LayersAt *time.Time
}

// PublishScheme stores the next version of a cohort's 考核方案: cases opened from now on
// are on the policy that it makes.
func (s *Store) PublishScheme(ctx context.Context, n Scheme) (*Overlay, error) {
	digest := policy.Digest(n.Merged)
	if err := s.PutPolicy(ctx, digest, n.Programme, n.Merged); err != nil {
		return nil, err
	}
	o := n.Overlay
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		o = n.Overlay
		var c Cohort
		if err := forUpdate(tx).Where("id = ?", o.ScopeID).Take(&c).Error; err != nil {
			return found(err, "批次", "lock cohort")
		}
		if c.Status == CohortClosed {
			return apperr.New(apperr.Conflict, "该批次已经结束，考核方案不能再修改。")
		}
		o.Digest, o.Replaced = digest, c.PolicyDigest
		if err := s.addVersion(tx, &o, n.On); err != nil {
			return err
		}
		c.PolicyDigest, c.UpdatedBy, c.UpdatedAt = digest, o.CreatedBy, o.CreatedAt
		if n.LayersAt != nil {
			c.LayersAt = n.LayersAt
		}
		if err := tx.Model(&c).Select("policy_digest", "layers_at", "updated_by", "updated_at").Updates(&c).Error; err != nil {
			return err
		}
		return tellCohort(tx, &c)
	})
	return &o, staleVersion(err)
}

// policyAt is the policy that a cohort's cases were opened on at a time.
func policyAt(tx *gorm.DB, c Cohort, at time.Time) (string, error) {
	var versions []Overlay
	err := tx.Where("scope_id = ? AND digest <> ''", c.ID).Order("version DESC").Find(&versions).Error
	if err != nil {
		return "", fail(err, "list schemes")
	}
	digest := c.PolicyDigest
	for _, o := range versions {
		if !o.CreatedAt.After(at) {
			return o.Digest, nil
		}
		digest = o.Replaced
	}
	return digest, nil
}

// SetCohortCalendar has a cohort count by another calendar, if it still counts by the one
// that was seen. It runs in the transaction of StartRun.
func (s *Store) SetCohortCalendar(seen, version, by string) func(*gorm.DB, *Cohort) error {
	return func(tx *gorm.DB, c *Cohort) error {
		switch {
		case c.Status == CohortClosed:
			return apperr.New(apperr.Conflict, "该批次已经结束，不能再更换工作日历。")
		case c.CalendarVersion != seen:
			return apperr.New(apperr.Stale, "该批次的工作日历刚刚被更换，请刷新后再操作。").On("seen")
		case c.CalendarVersion == version:
			return apperr.New(apperr.Conflict, "该批次已在使用这一版工作日历，无须更换。").On("version")
		}
		c.CalendarVersion, c.UpdatedBy, c.UpdatedAt = version, by, s.Now()
		if err := tx.Model(c).Select("calendar_version", "updated_by", "updated_at").Updates(c).Error; err != nil {
			return fmt.Errorf("set calendar of cohort: %w", err)
		}
		return tellCohort(tx, c)
	}
}

// AddCalendar stores a new version of the working-day calendar.
func (s *Store) AddCalendar(ctx context.Context, row CalendarRow) error {
	row.CreatedAt = s.Now()
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return audit(tx, AuditEntry{Action: "calendar.store", SubjectKind: "calendar", SubjectID: row.Version})
	})
	if IsDuplicate(err) {
		return apperr.New(apperr.Conflict, "已有同名的日历版本，请换一个版本号。").On("version")
	}
	return fail(err, "store calendar")
}

// LawfulOrgs lists the provinces, cities and districts that concern a scope, upper ones
// first.
func (s *Store) LawfulOrgs(ctx context.Context, scope Scope) ([]Org, error) {
	var rows []Org
	q := s.DB(ctx).Where("orgs.level <> ?", LevelSchool)
	if !scope.All {
		q = q.Where(scope.Orgs(s.DB(ctx)).Or("orgs.path IN ?", ancestors(scope.Paths)))
	}
	err := q.Order("orgs.path").Find(&rows).Error
	return rows, fail(err, "list organisations")
}

// LawfulBelow lists the organisations below a path that have an overlay.
func (s *Store) LawfulBelow(ctx context.Context, programme, path string) ([]Org, error) {
	var rows []Org
	err := s.DB(ctx).Where("path > ? AND path < ?", path, pathEnd(path)).
		Where("id IN (?)", s.DB(ctx).Model(&Overlay{}).Select("scope_id").Where("programme = ?", programme)).Order("path").Find(&rows).Error
	return rows, fail(err, "list organisations with overlays")
}
