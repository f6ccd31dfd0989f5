package models

import (
	"gorm.io/gorm"
)

// someBytes is how much text is taken at a time of entries. Most have less than a kilobyte;
// one about thousands of rows, or about a purge, has megabytes.
const someBytes = 4 << 20

// someEntries lists the first entries of q in an order: so many and so much text at most,
// but one at least. more says that there may be others.
func someEntries(q *gorm.DB, order string, most int) (rows []AuditEntry, more bool, err error) {
	q = q.Model(&AuditEntry{}).Order(order).Session(&gorm.Session{})
	var sizes []struct {
		ID   string
		Size int64
	}
	if err := q.Select("id", "OCTET_LENGTH(detail) + OCTET_LENGTH(stated) AS size").Limit(most).Find(&sizes).Error; err != nil || len(sizes) == 0 {
		return nil, false, err
	}
	var ids []string
	var taken int64
	for _, e := range sizes {
		if taken += e.Size; taken > someBytes && len(ids) > 0 {
			break
		}
		ids = append(ids, e.ID)
	}
	more = len(ids) < len(sizes) || len(sizes) == most
	err = q.Session(&gorm.Session{NewDB: true}).Where("id IN ?", ids).Order(order).Find(&rows).Error
	return rows, more, err
}
