package models

import (
	"context"
	"maps"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/fault"
)

// creditsDue is what every teacher of a case is to be credited, by year.
func creditsDue(tx *gorm.DB, caseID string, p domain.Policy) (map[string][]domain.YearHours, error) {
	results, err := teacherResults(tx, caseID, p)
	if err != nil {
		return nil, err
	}
	hours, err := hoursByYear(tx, caseID)
	if err != nil {
		return nil, err
	}
	due := map[string][]domain.YearHours{}
	for _, r := range results {
		if years := domain.Credit(p, r, hours[r.UserID]); len(years) > 0 {
			due[r.UserID] = years
		}
	}
	return due, nil
}

// creditBatch is how many ledger rows one transaction recognises.
const creditBatch = 200

// Recognize writes the ledger rows a passed case is due (003:22), a batch a transaction,
// in a fixed order. Rows that exist are left alone, so it may stop and start anywhere.
// progress is told how many of how many rows are there.
func (s *Store) Recognize(ctx context.Context, caseID string, progress func(done, of int)) error {
	rows, err := s.creditRows(ctx, caseID)
	if err != nil {
		return err
	}
	done := 0
	for batch := range slices.Chunk(rows, creditBatch) {
		err := s.Tx(ctx, func(tx *gorm.DB) error {
			c, err := lockCase(tx, caseID)
			if err != nil {
				return err
			}
			if ended, err := c.creditingEnded(); ended || err != nil {
				return err
			}
			return fail(tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&batch).Error, "recognise hours")
		})
		if err != nil {
			return err
		}
		done += len(batch)
		progress(done, len(rows))
		fault.Point(fault.InCrediting)
	}
	return nil
}

// creditingEnded reports whether the case no longer asks for recognition: it was
// terminated meanwhile, or had all its hours before.
func (c *Case) creditingEnded() (bool, error) {
	s, err := c.Decode()
	return s.Job != domain.JobCredit, err
}

func (s *Store) creditRows(ctx context.Context, caseID string) ([]Credit, error) {
	c, err := s.CaseByID(ctx, caseID)
	if err != nil {
		return nil, err
	}
	p, err := s.policy(s.DB(ctx), c.PolicyDigest)
	if err != nil {
		return nil, err
	}
	due, err := creditsDue(s.DB(ctx), caseID, p)
	if err != nil {
		return nil, err
	}
	state, err := c.Decode()
	if err != nil {
		return nil, err
	}
	var rows []Credit
	for _, user := range slices.Sorted(maps.Keys(due)) {
		for _, y := range due[user] {
			rows = append(rows, Credit{
				CaseID: caseID, UserID: user, Year: y.Year, Hours: y.Hours,
				State: domain.CreditRecognized, RecognizedAt: s.Now(), Visit: state.Entered,
			})
		}
	}
	return rows, nil
}
