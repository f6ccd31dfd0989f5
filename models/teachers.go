package models

import (
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// teacherRows holds everything recorded of some teachers of one case, by user, read with
// a fixed number of queries however many teachers there are.
type teacherRows struct {
	roster    []RosterRow
	plans     map[string]bool
	summaries map[string][]string
	points    map[string][]string
	hours     map[string][]domain.YearHours
	reviews   map[string]InitialReview
	practice  map[string]map[string]domain.PointStatus
}

// loadTeachers reads the active teachers of a case; all of them when none is named.
func loadTeachers(tx *gorm.DB, caseID string, users ...string) (*teacherRows, error) {
	t := &teacherRows{plans: map[string]bool{}, summaries: map[string][]string{}}
	q := tx.Where("case_id = ? AND status = ?", caseID, domain.RosterActive)
	if len(users) > 0 {
		q = q.Where("user_id IN ?", users)
	}
	if err := q.Order("name, user_id").Find(&t.roster).Error; err != nil {
		return nil, fail(err, "load roster")
	}
	for _, load := range []func(*gorm.DB, string, []string) error{t.loadFiles, t.loadPoints, t.loadHours, t.loadReviews, t.loadPractice} {
		if err := load(tx, caseID, users); err != nil {
			return nil, fail(err, "load teachers")
		}
	}
	return t, nil
}

// of narrows a query by case to some users.
func of(tx *gorm.DB, caseID string, users []string) *gorm.DB {
	q := tx.Where("case_id = ?", caseID)
	if len(users) > 0 {
		q = q.Where("user_id IN ?", users)
	}
	return q
}

func (t *teacherRows) loadFiles(tx *gorm.DB, caseID string, users []string) error {
	q := tx.Model(&File{}).Where("case_id = ? AND slot_kind IN ? AND current_version > 0", caseID, []string{SlotPlan, SlotSummary})
	if len(users) == 1 {
		q = q.Where("(slot_key = ? OR (slot_key >= ? AND slot_key < ?))", users[0], under(users[0]), pathEnd(users[0]))
	}
	var slots []File
	if err := q.Select("slot_kind", "slot_key").Order("slot_key").Find(&slots).Error; err != nil {
		return err
	}
	for _, f := range slots {
		user, point, _ := strings.Cut(f.SlotKey, "/")
		if f.SlotKind == SlotPlan {
			t.plans[user] = true
			continue
		}
		t.summaries[user] = append(t.summaries[user], point)
	}
	return nil
}

func (t *teacherRows) loadPoints(tx *gorm.DB, caseID string, users []string) error {
	var rows []TeacherPoint
	if err := of(tx, caseID, users).Order("user_id, code").Find(&rows).Error; err != nil {
		return err
	}
	t.points = map[string][]string{}
	for _, r := range rows {
		t.points[r.UserID] = append(t.points[r.UserID], r.Code)
	}
	return nil
}

func (t *teacherRows) loadHours(tx *gorm.DB, caseID string, users []string) (err error) {
	t.hours, err = completedHours(of(tx, caseID, users))
	return err
}

func (t *teacherRows) loadReviews(tx *gorm.DB, caseID string, users []string) error {
	var rows []InitialReview
	if err := of(tx, caseID, users).Find(&rows).Error; err != nil {
		return err
	}
	t.reviews = map[string]InitialReview{}
	for _, r := range rows {
		t.reviews[r.UserID] = r
	}
	return nil
}

func (t *teacherRows) loadPractice(tx *gorm.DB, caseID string, users []string) error {
	var rows []Practice
	if err := of(tx, caseID, users).Select("user_id", "code", "status").Find(&rows).Error; err != nil {
		return err
	}
	t.practice = map[string]map[string]domain.PointStatus{}
	for _, r := range rows {
		if t.practice[r.UserID] == nil {
			t.practice[r.UserID] = map[string]domain.PointStatus{}
		}
		t.practice[r.UserID][r.Code] = r.Status
	}
	return nil
}

// materials is what 初审 looks at for one teacher.
func (t *teacherRows) materials(user string) domain.Materials {
	m := domain.Materials{Plan: t.plans[user], Points: t.points[user], Summaries: t.summaries[user]}
	for _, y := range t.hours[user] {
		m.Hours += y.Hours
	}
	return m
}

// review is pending until somebody has reviewed.
func (t *teacherRows) review(user string) domain.ReviewResult {
	if r, ok := t.reviews[user]; ok {
		return r.Result
	}
	return domain.ReviewPending
}

// statuses are where the chosen points of one teacher stand, in the order of points.
func (t *teacherRows) statuses(user string) []domain.PointStatus {
	list := make([]domain.PointStatus, 0, len(t.points[user]))
	for _, code := range t.points[user] {
		status, ok := t.practice[user][code]
		if !ok {
			status = domain.PointChosen
		}
		list = append(list, status)
	}
	return list
}

func (t *teacherRows) results(p domain.Policy) []domain.TeacherResult {
	list := make([]domain.TeacherResult, 0, len(t.roster))
	for _, r := range t.roster {
		list = append(list, domain.TeacherResult{
			UserID: r.UserID, FullTime: r.FullTime,
			Review: t.review(r.UserID), Grade: domain.Overall(p.Points, t.statuses(r.UserID)),
		})
	}
	return list
}

// teacherResults is what the gates and crediting look at.
func teacherResults(tx *gorm.DB, caseID string, p domain.Policy) ([]domain.TeacherResult, error) {
	t, err := loadTeachers(tx, caseID)
	if err != nil {
		return nil, err
	}
	return t.results(p), nil
}

// hoursByYear sums every teacher's completed school-based hours by year, uncapped.
func hoursByYear(tx *gorm.DB, caseID string) (map[string][]domain.YearHours, error) {
	hours, err := completedHours(tx.Where("case_id = ?", caseID))
	return hours, fail(err, "sum hours")
}

func completedHours(q *gorm.DB) (map[string][]domain.YearHours, error) {
	var rows []struct {
		UserID string
		Year   int
		Hours  domain.Hours
	}
	err := q.Model(&Participation{}).Where("completed_at IS NOT NULL").
		Select("user_id, year, SUM(hours) AS hours").Group("user_id, year").Order("user_id, year").Scan(&rows).Error
	by := map[string][]domain.YearHours{}
	for _, r := range rows {
		by[r.UserID] = append(by[r.UserID], domain.YearHours{Year: r.Year, Hours: r.Hours})
	}
	return by, err
}
