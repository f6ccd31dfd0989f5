package models

import (
	"context"
	"slices"
	"strings"
	"time"

	"zhengxiao/internal/policy"
)

// PolicyText returns a stored policy as it was stored.
func (s *Store) PolicyText(ctx context.Context, digest string) (*PolicyRow, error) {
	var row PolicyRow
	if err := s.DB(ctx).Where("digest = ?", digest).Take(&row).Error; err != nil {
		return nil, found(err, "政策版本", "load policy")
	}
	return &row, nil
}

// CohortPolicy is a cohort with the policy that it is on.
type CohortPolicy struct {
	ID           string
	Name         string
	PolicyDigest string
	Programme    string
}

// CohortPolicies lists the cohorts that concern the scope with their policies, the newest
// cohort first.
func (s *Store) CohortPolicies(ctx context.Context, scope Scope) ([]CohortPolicy, error) {
	var rows []CohortPolicy
	err := concerning(s.DB(ctx).Table("cohorts"), s.DB(ctx), scope).Select("id, name, policy_digest, programme").
		Order("created_at DESC, id DESC").Scan(&rows).Error
	return rows, fail(err, "list policies of cohorts")
}

// originTries bounds how many combinations of overlay versions are merged to find the one
// that makes a policy.
const originTries = 200

// PolicyOrigin finds the overlays that a stored policy was merged of, in the order they
// were laid on: of the organisations above a cohort on that policy and of the cohort
// itself, in versions that were there when it took the policy. That they make the policy
// is checked by its digest. Without overlays, or where none fit, there are none. Others
// may have come to the same policy by rules of their own: only cohorts that concern the
// scope, or the organisation at the path home, are looked at.
func (s *Store) PolicyOrigin(ctx context.Context, scope Scope, home string, p PolicyRow) ([]Overlay, error) {
	base, err := policy.Base(p.Programme)
	if err != nil || policy.Digest(base) == p.Digest {
		return nil, err
	}
	near := scope.within(s.DB(ctx), "cohorts.path", "").Or("cohorts.path IN ?", ancestors(append([]string{home}, scope.Paths...)))
	if len(scope.CaseIDs) > 0 {
		near = near.Or("cohorts.id IN (?)", s.DB(ctx).Table("cases").Select("cohort_id").Where("id IN ?", scope.CaseIDs))
	}
	var cohorts []Cohort
	if err := s.DB(ctx).Where("policy_digest = ?", p.Digest).Where(near).Order("created_at, id").Find(&cohorts).Error; err != nil {
		return nil, fail(err, "list cohorts of policy")
	}
	tries := originTries
	var seen []string
	for _, c := range cohorts {
		at := p.CreatedAt // by the first cohort on it
		if c.UpdatedAt.After(at) {
			at = c.UpdatedAt
		}
		choices, key, err := s.overlayChoices(ctx, c, at)
		if err != nil {
			return nil, err
		}
		if slices.Contains(seen, key) {
			continue
		}
		seen = append(seen, key)
		if made, ok := making(base, p.Digest, choices, nil, &tries); ok {
			return made, nil
		}
	}
	return nil, nil
}

// overlayChoices lists, for each scope above a cohort and for itself, the versions that
// were there at a time, newest first. Equal choices have equal keys.
func (s *Store) overlayChoices(ctx context.Context, c Cohort, at time.Time) (choices [][]Overlay, key string, err error) {
	scopes := append(strings.Split(strings.Trim(c.Path, "/"), "/"), c.ID)
	var rows []Overlay
	err = s.DB(ctx).Where("scope_id IN ? AND programme = ? AND created_at <= ?", scopes, c.Programme, at).Order("version DESC").Find(&rows).Error
	if err != nil {
		return nil, "", fail(err, "list overlays")
	}
	for _, scope := range scopes {
		var versions []Overlay
		for _, o := range rows {
			if o.ScopeID == scope {
				versions, key = append(versions, o), key+o.ID
			}
		}
		if versions != nil {
			choices = append(choices, versions)
		}
	}
	return choices, key, nil
}

// making tries one version of each scope, or none of it, newest first.
func making(base []byte, digest string, choices [][]Overlay, laid []Overlay, tries *int) ([]Overlay, bool) {
	if len(choices) == 0 {
		*tries--
		bodies := make([][]byte, len(laid))
		for i, o := range laid {
			bodies[i] = []byte(o.Body)
		}
		merged, err := policy.Merge(base, bodies...)
		return laid, err == nil && policy.Digest(merged) == digest
	}
	for _, o := range choices[0] {
		if *tries <= 0 {
			return nil, false
		}
		if made, ok := making(base, digest, choices[1:], append(slices.Clone(laid), o), tries); ok {
			return made, true
		}
	}
	if *tries <= 0 {
		return nil, false
	}
	return making(base, digest, choices[1:], laid, tries)
}
