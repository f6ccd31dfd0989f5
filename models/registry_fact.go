package models

import (
	"gorm.io/gorm"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
)

// registryFact adds to a ledger what the registry has of it.
func registryFact(tx *gorm.DB, caseID string, fact *domain.LedgerFact) error {
	var filed int64
	err := tx.Model(&RegistryRecord{}).Where("case_id = ? AND holds = ? AND state <> ?", caseID, true, registry.Queued).Count(&filed).Error
	if err != nil {
		return fail(err, "count filed rows")
	}
	fact.Filed = int(filed)
	// A year is booked when the sum of what the registry acknowledged is what is due, and
	// nothing of it is open.
	var rows []struct{ Year, N int }
	err = tx.Table("credits").Where("credits.case_id = ? AND credits.state = ?", caseID, domain.CreditConfirmed).
		Where("("+registryDue+" <> COALESCE((SELECT SUM(r.hours) FROM registry_records r WHERE r.case_id = credits.case_id "+
			"AND r.user_id = credits.user_id AND r.year = credits.year AND r.state = ?), 0) "+
			"OR EXISTS (SELECT 1 FROM registry_records o WHERE o.case_id = credits.case_id AND o.user_id = credits.user_id "+
			"AND o.year = credits.year AND o.state IN ?))",
			registry.Acknowledged, []registry.State{registry.Queued, registry.Sent, registry.Disputed}).
		Select("credits.year, COUNT(*) AS n").Group("credits.year").Scan(&rows).Error
	fact.Unbooked = map[int]int{}
	for _, r := range rows {
		fact.Unbooked[r.Year] = r.N
	}
	return fail(err, "compare ledger with registry")
}
