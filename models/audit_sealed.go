package models

import (
	"fmt"

	"gorm.io/gorm"
)

// sealedTo is an entry that was sealed, by its place and hash.
type sealedTo struct {
	seq  int64
	hash string
}

// SealedTo tells the store of an entry that was certainly sealed. A log that is without it,
// or has another in its place, is not sealed any further by this process.
func (s *Store) SealedTo(seq int64, hash string) {
	for {
		was := s.sealed.Load()
		if (was != nil && was.seq >= seq) || s.sealed.CompareAndSwap(was, &sealedTo{seq, hash}) {
			return
		}
	}
}

// remembers checks that the log still has the last entry that this process knows of.
func (s *Store) remembers(tx *gorm.DB, head AuditHead) error {
	known := s.sealed.Load()
	if known == nil || known.seq == 0 {
		return nil
	}
	hashes := []string{head.Hash}
	if head.Seq != known.seq {
		if err := tx.Model(&AuditEntry{}).Where("seq = ?", known.seq).Pluck("hash", &hashes).Error; err != nil {
			return fail(err, "look for the last entry known")
		}
	}
	if head.Seq < known.seq || len(hashes) != 1 || hashes[0] != known.hash {
		return fmt.Errorf("%w: it ends at %d, this process has seen another end at %d", ErrAuditCut, head.Seq, known.seq)
	}
	return nil
}
