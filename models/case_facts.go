package models

import (
	"fmt"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// facts loads what a decision looks at, and no more. Within a decision tx holds the
// case's lock, so nothing it counts can change before the commit.
func (s *Store) facts(tx *gorm.DB, c *Case, need domain.Need, a domain.Action) (domain.Facts, error) {
	f := domain.Facts{Now: s.Now()}
	var err error
	if f.Policy, err = s.policy(tx, c.PolicyDigest); err != nil {
		return f, err
	}
	cohort, err := cohortOf(tx, c.CohortID)
	if err != nil {
		return f, err
	}
	days, err := s.calendar(tx, cohort.CalendarVersion)
	if err != nil {
		return f, err
	}
	f.Calendar = days
	var state domain.State // none yet for a case that is about to open
	if c.State != "" {
		if state, err = c.Decode(); err != nil {
			return f, err
		}
	}
	if f.Lapsed, err = lapsed(tx, state); err != nil {
		return f, err
	}
	for _, load := range []struct {
		need domain.Need
		into func() error
	}{
		{domain.NeedTeam, func() (err error) { f.Team, err = teamOf(tx, c.ID); return }},
		{domain.NeedDiagnosis, func() (err error) { f.Diagnosis, err = diagnosisOf(tx, c.ID); return }},
		{domain.NeedPlan, func() error { return planFact(tx, c.ID, &f) }},
		{domain.NeedWindow, func() (err error) { f.Window = cohort.WindowEnd; f.FilingNo, err = filingNo(tx, cohort, c); return }},
		{domain.NeedRoster, func() (err error) { f.FullTime, err = countFullTime(tx, c.ID); return }},
		{domain.NeedRosterChange, func() (err error) { f.Roster, err = rosterFact(tx, c.ID, a.Body); return }},
		{domain.NeedGates, func() error { return gateFacts(tx, c.ID, &f) }},
		{domain.NeedDossier, func() error { return dossierFacts(tx, c.ID, &f) }},
		{domain.NeedExperts, func() (err error) { f.Experts, err = expertFacts(tx, c, a.Body.Experts); return }},
		{domain.NeedHolder, func() (err error) { f.Holder, err = holderFact(tx, state, a); return }},
		{domain.NeedUrges, func() (err error) { f.Urged, err = s.urgesToday(tx, c.ID, a); return }},
		{domain.NeedReaders, func() (err error) { f.Readers, err = readerFacts(tx, c, a.Body.Users); return }},
		{domain.NeedPrior, func() error { return priorFact(tx, c.ID, state, &f) }},
		{domain.NeedTeacher, func() (err error) { f.Listed, err = listedFact(tx, c.ID, a.Body.User); return }},
		{domain.NeedLedger, func() (err error) { f.Ledger, err = ledgerFact(tx, c.ID, f.Policy); return }},
		{domain.NeedTarget, func() (err error) { f.Target, err = s.policy(tx, a.Body.Policy); return }},
	} {
		if !need.Has(load.need) {
			continue
		}
		if err := load.into(); err != nil {
			return f, err
		}
	}
	return f, nil
}

func planFact(tx *gorm.DB, caseID string, f *domain.Facts) error {
	draft, err := planDraftOf(tx, caseID)
	if err != nil {
		return err
	}
	f.Plan.SHA256 = draft.SHA256
	for _, part := range f.Policy.PlanParts {
		if !draft.Has(part.Code) {
			f.Plan.Missing = append(f.Plan.Missing, "《"+part.Name+"》")
		}
	}
	return nil
}

func gateFacts(tx *gorm.DB, caseID string, f *domain.Facts) error {
	results, err := teacherResults(tx, caseID, f.Policy)
	if err != nil {
		return err
	}
	f.GateA, f.GateB = domain.CountResults(results)
	f.ResultsSHA = domain.ResultsDigest(results)
	return nil
}

func dossierFacts(tx *gorm.DB, caseID string, f *domain.Facts) error {
	items, err := dossierOf(tx, caseID)
	if err != nil {
		return err
	}
	for _, item := range items {
		f.Dossier = append(f.Dossier, domain.DossierFact{No: item.No, Ready: item.Ready, UploadedAt: item.UploadedAt})
	}
	return nil
}

// filingNo is the 备案号: unique because a school files once per cohort.
func filingNo(tx *gorm.DB, cohort Cohort, c *Case) (string, error) {
	var code string
	err := tx.Model(&Org{}).Where("id = ?", c.SchoolID).Pluck("code", &code).Error
	return fmt.Sprintf("备%s-%s", cohort.Code, code), fail(err, "load school code")
}

func countFullTime(tx *gorm.DB, caseID string) (int, error) {
	var n int64
	err := tx.Model(&RosterRow{}).Where("case_id = ? AND full_time AND status = ?", caseID, domain.RosterActive).Count(&n).Error
	return int(n), fail(err, "count roster")
}

// expertFacts looks up the people an action wants on the panel: they must hold the
// expert role in the school's own city or above, and have nothing to do with the school.
func expertFacts(tx *gorm.DB, c *Case, ids []string) (map[string]domain.ExpertFact, error) {
	facts := map[string]domain.ExpertFact{}
	if len(ids) == 0 {
		return facts, nil
	}
	var rows []struct {
		UserID   string
		Disabled bool
		OrgID    string
		Role     domain.Role
		Path     string
	}
	err := tx.Table("users u").
		Select("u.id AS user_id, u.disabled, g.org_id, g.role, o.path").
		Joins("JOIN grants g ON g.user_id = u.id").Joins("JOIN orgs o ON o.id = g.org_id").
		Where("u.id IN ?", ids).Scan(&rows).Error
	if err != nil {
		return nil, fail(err, "load experts")
	}
	for _, r := range rows {
		f := facts[r.UserID]
		f.Enabled = !r.Disabled
		if r.Role == domain.RoleExpert && within(c.Path, r.Path) {
			f.Expert = true
		}
		f.SameSchool = f.SameSchool || r.OrgID == c.SchoolID
		facts[r.UserID] = f
	}
	return facts, markColleagues(tx, c, facts)
}

// markColleagues finds experts who belong to the school itself: by home organisation, or
// on its roster.
func markColleagues(tx *gorm.DB, c *Case, facts map[string]domain.ExpertFact) error {
	ids := make([]string, 0, len(facts))
	for id := range facts {
		ids = append(ids, id)
	}
	var own []string
	err := tx.Model(&User{}).Where("id IN ? AND org_id = ?", ids, c.SchoolID).Pluck("id", &own).Error
	if err != nil {
		return fail(err, "load colleagues")
	}
	var listed []string
	err = tx.Model(&RosterRow{}).Where("case_id = ? AND user_id IN ?", c.ID, ids).Pluck("user_id", &listed).Error
	if err != nil {
		return fail(err, "load colleagues")
	}
	for _, id := range append(own, listed...) {
		f := facts[id]
		f.SameSchool = true
		facts[id] = f
	}
	return nil
}

// ledgerFact compares the ledger with what eligibility computes from the same rows.
func ledgerFact(tx *gorm.DB, caseID string, p domain.Policy) (domain.LedgerFact, error) {
	due, err := creditsDue(tx, caseID, p)
	if err != nil {
		return domain.LedgerFact{}, err
	}
	var rows []Credit
	if err := tx.Where("case_id = ?", caseID).Find(&rows).Error; err != nil {
		return domain.LedgerFact{}, fail(err, "load ledger")
	}
	fact := domain.LedgerFact{Years: map[int]domain.LedgerYear{}}
	entries := make([]domain.CreditEntry, 0, len(rows))
	for _, r := range rows {
		entries = append(entries, domain.CreditEntry{UserID: r.UserID, Year: r.Year, Hours: r.Hours, State: r.State})
		n := fact.Years[r.Year]
		switch r.State {
		case domain.CreditRecognized:
			n.Recognized++
		case domain.CreditConfirmed:
			n.Confirmed++
		case domain.CreditRegistered:
			n.Registered++
		}
		fact.Years[r.Year] = n
	}
	for _, years := range due {
		fact.Expected += len(years)
	}
	fact.Problem = domain.Balanced(entries, due)
	return fact, registryFact(tx, caseID, &fact)
}
