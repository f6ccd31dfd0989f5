package models

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// tellPeople leaves a notice with each of them, in the app and by mail for those who want
// mails. Telling it again changes nothing: see Notice.Source.
func (s *Store) tellPeople(tx *gorm.DB, n Notice, school string, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	notices := make([]Notice, len(ids))
	news := make([]FeedRow, len(ids))
	for i, id := range ids {
		notices[i], news[i] = n, FeedRow{Topic: FeedNotice, CaseID: n.CaseID, UserID: id}
		notices[i].ID, notices[i].UserID = newID(), id
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&notices, batchSize).Error; err != nil {
		return fail(err, "leave notices")
	}
	if err := s.mailOut(tx, notices, school); err != nil {
		return err
	}
	return tell(tx, news...)
}

// tellDesks tells people of something that waits for them, and the group bots of the
// organisations where they sit: those get the title only, which names nobody.
func (s *Store) tellDesks(tx *gorm.DB, n Notice, title, school string, ids ...string) error {
	if err := s.tellPeople(tx, n, school, ids...); err != nil || len(ids) == 0 {
		return err
	}
	var paths []string
	err := tx.Table("orgs").Distinct("orgs.path").Joins("JOIN users ON users.org_id = orgs.id").Where("users.id IN ?", ids).Order("orgs.path").
		Pluck("orgs.path", &paths).Error
	if err != nil {
		return fail(err, "find organisations of people to tell")
	}
	return s.tellGroupsAt(tx, paths, report{source: n.Source, kind: n.Kind, title: title, link: n.Link, caseID: n.CaseID, school: school})
}
